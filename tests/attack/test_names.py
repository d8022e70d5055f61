"""Names of classes, models and data that are HTML, in a real browser: shown as text in the gallery and the explorer, never run."""
import json, os, re, subprocess, sys, time
from pathlib import Path
import pytest
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from browser import browser, CHROMIUM, ROOT, serve # noqa: E402, F401

BAD = '<img src=x onerror="window.hit=1">'
CLASSES = (BAD, '"><svg onload="window.hit=1">', '</style></script><script data-bad>window.hit=1</script>', "' onmouseover='window.hit=1")

@pytest.fixture(scope='module')
def model(tmp_path_factory): # an untrained model whose classes and data have such names, in a folder that has one, too
    import torch
    from acgan.config import TrainConfig
    from acgan.models import AcGan
    from acgan.networks import Discriminator, Generator
    from acgan.files import write_json
    from acgan.weights import save_weights
    c = TrainConfig(size=32, channels=3, n_classes=len(CLASSES), width=.125, data=f'folder:{BAD}')
    G, D = Generator(c, torch.Generator().manual_seed(0)), Discriminator(c)
    folder = tmp_path_factory.mktemp('runs')/'<svg onload=window.hit=1>'
    folder.mkdir()
    save_weights(G, folder/'generator.safetensors'); save_weights(D, folder/'discriminator.safetensors')
    write_json(folder/'config.json', dict(format='acgan-1', step=1, images_seen=100, config=c.to_json(), class_names=CLASSES,
                                          data=dict(name=f'folder:{BAD}', split='train', n=4, hash='0'*64)))
    return folder

def looked(browser, *urls):
    r = subprocess.run(['node', str(Path(__file__).with_name('names.js')), CHROMIUM, *urls], env=browser, capture_output=True, text=True, timeout=240)
    assert r.stdout.strip(), r.stderr[-2000:]
    return json.loads(r.stdout.strip().splitlines()[-1])

def harmless(seen): assert not seen['hit'] and not seen['made'] and not seen['dialogs'], seen

def test_gallery(browser, model, tmp_path):
    import acgan
    from acgan.report.gallery import gallery
    gallery(acgan.load(model, 'cpu'), tmp_path/'g', n=2, facts={BAD: BAD}, notes=(BAD,))
    server, address = serve(tmp_path/'g')
    pages = [p.relative_to(tmp_path/'g').as_posix() for p in (tmp_path/'g').rglob('*.html')]
    try: seen = looked(browser, *(f'{address}/{o}' for o in pages))
    finally: server.shutdown(); server.server_close()
    for o in seen: harmless(o)
    assert any(o['text'] for o in seen), 'the names are shown'

def test_explorer(browser, model):
    pytest.importorskip('voila')
    env = os.environ | dict(PYTHONPATH=str(ROOT))
    import socket
    with socket.socket() as s: s.bind(('127.0.0.1', 0)); port = s.getsockname()[1]
    p = subprocess.Popen([sys.executable, '-m', 'acgan', 'explore', '--model', str(model), '--port', str(port)], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        line = p.stdout.readline()
        url = re.search(r'http://\S+', line).group()
        for _ in range(120):
            with socket.socket() as s:
                if s.connect_ex(('127.0.0.1', port)) == 0: break
            time.sleep(.5)
        seen, = looked(browser, url)
    finally: p.terminate(); p.wait(30)
    harmless(seen)
    assert BAD in seen['options'].replace('\xa0', ' '), 'the names are offered as they are'

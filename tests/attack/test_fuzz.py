"""Bytes and settings drawn at random: every reader returns or refuses in a sentence. A fixed seed and few draws here; ACGAN_SLOW=1 draws for minutes.

    ACGAN_SLOW=1 pytest tests/attack/test_fuzz.py
"""
import json, os, warnings
from dataclasses import fields
from hypothesis import given, HealthCheck, settings, strategies as st
from acgan.config import JudgeConfig, TrainConfig
from acgan.data.cache import read_image
from acgan.data.sources import choose_classes, parts_of
from acgan.files import data_dir, read_json, read_object
from acgan.models import read_about
from acgan.training.checkpoints import keep_lines
from acgan.weights import read_state, read_weights, save_state, write_state
import torch

SLOW = os.environ.get('ACGAN_SLOW') == '1'
often = settings(max_examples=20_000 if SLOW else 100, derandomize=not SLOW, deadline=None, database=None,
                 suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
plain = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8), lambda o: st.lists(o, max_size=3) | st.dictionaries(st.text(max_size=8), o, max_size=3), max_leaves=8)

def refused(call, *kinds): # it returns, or ends in a sentence of ours
    try: return call()
    except kinds or (ValueError, OSError) as e: assert len(str(e)) > 10 and 'weights_only' not in str(e)

def altered(data, draw): # the file's bytes, some changed, cut or added
    b = bytearray(data)
    for _ in range(draw(st.integers(1, 4))): b[draw(st.integers(0, len(b) - 1))] = draw(st.integers(0, 255))
    return bytes(b[:draw(st.integers(0, len(b)))]) if draw(st.booleans()) else bytes(b)

@often
@given(st.data())
def test_settings(data):
    for cls in (TrainConfig, JudgeConfig):
        names = st.sampled_from([f.name for f in fields(cls)]) | st.text(max_size=6)
        d = data.draw(st.dictionaries(names, plain, max_size=3) | plain)
        refused(lambda: cls.from_json(d), ValueError)

@often
@given(st.binary(max_size=200), st.data())
def test_weights(tmp_path, noise, data):
    p = tmp_path/'w.safetensors'
    p.write_bytes(noise)
    refused(lambda: read_weights(p))
    save_state(dict(w=torch.arange(40.).view(4, 10), b=torch.arange(3)), p)
    whole = read_weights(p)
    p.write_bytes(altered(p.read_bytes(), data.draw))
    got = refused(lambda: read_weights(p))
    assert got is None or all(torch.equal(got[k], whole[k]) for k in whole) # the change was in what says nothing

@often
@given(st.binary(max_size=200), st.data())
def test_state(tmp_path, noise, data):
    p = tmp_path/'state.pt'
    p.write_bytes(noise)
    refused(lambda: read_state(p))
    write_state(dict(step=3, w=torch.arange(40.)), p)
    p.write_bytes(altered(p.read_bytes(), data.draw))
    got = refused(lambda: read_state(p))
    assert got is None or got['step'] == 3 and torch.equal(got['w'], torch.arange(40.))

@often
@given(st.binary(max_size=300), plain)
def test_json(tmp_path, noise, thing):
    p = tmp_path/'config.json'
    for content in (noise, json.dumps(thing).encode('utf8', 'replace')):
        p.write_bytes(content)
        refused(lambda: read_json(p)), refused(lambda: read_object(p, 'a')), refused(lambda: read_about(tmp_path))
    about = json.loads((data_dir()/'pretrained'/'fashion_mnist'/'config.json').read_text())
    for key in ('class_names', 'config', 'step', 'data'):
        p.write_text(json.dumps(about | {key: thing}))
        refused(lambda: read_about(tmp_path))

@often
@given(st.binary(max_size=300), st.integers(0, 5))
def test_logs(tmp_path, noise, step):
    p = tmp_path/'log.jsonl'
    p.write_bytes(b'{"step": 1}\n{"step": 4}\n' + noise)
    keep_lines(p, step)
    kept = [json.loads(o)['step'] for o in p.read_text().splitlines()]
    assert kept[:2] == [o for o in (1, 4) if o <= step] and all(o <= step for o in kept)

@often
@given(st.binary(min_size=1, max_size=400), st.sampled_from(['png', 'jpg', 'tif', 'gif', 'webp', 'tga', 'bmp', 'ppm', 'x']), st.data())
def test_images(tmp_path, noise, ending, data):
    from PIL import Image
    p = tmp_path/f'a.{ending}'
    sound = tmp_path/'sound'
    Image.new('RGB', (9, 7), (10, 200, 90)).save(sound, data.draw(st.sampled_from(['PNG', 'JPEG', 'TIFF', 'GIF', 'WEBP', 'BMP'])))
    for content in (noise, altered(sound.read_bytes(), data.draw)):
        p.write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            try: x = read_image(p, 8)
            except Exception as e: assert not isinstance(e, (MemoryError, RecursionError)) # Pillow's own; told as a broken image
            else: assert x.shape == (3, 8, 8)

@often
@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=5, unique=True), st.text(max_size=12) | st.integers() | st.floats() | st.none())
def test_class_names(names, asked):
    got = refused(lambda: choose_classes(asked, tuple(names)), ValueError)
    assert got is None or all(0 <= o < len(names) for o in got)
    for n in names:
        if n.strip() == n and ',' in n.strip(','): assert n in parts_of(n, tuple(names)) or n.lower() in map(str.lower, names)

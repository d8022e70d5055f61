"""The documentation site: every link leads somewhere, and Chromium finds every page whole without asking any other host. The generator runs in the page."""
import html.parser, importlib.util, json, os, re, subprocess, sys, urllib.parse
from pathlib import Path
import pytest
from browser import serve, CHROMIUM, ROOT, browser # noqa: F401

def newest(*patterns): return max((p.stat().st_mtime for o in patterns for p in ROOT.glob(o) if p.is_file()), default=0)

@pytest.fixture(scope='module')
def site(tmp_path_factory): # $ACGAN_DOCS, or _docs/ where it is up to date, else a fresh build elsewhere
    if os.environ.get('ACGAN_DOCS'): return Path(os.environ['ACGAN_DOCS'])
    pytest.importorskip('smalldocs')
    out = ROOT/'_docs'
    sources = newest('nbs/**/*', 'docs_src/**/*', 'scripts/docs*.py', 'scripts/vendor.py', 'acgan/**/*.py', 'figures/**/*', 'data/pretrained/**/*', 'build/notebooks/*.ipynb', 'build/site/**/*')
    if not (out/'index.html').exists() or (out/'index.html').stat().st_mtime < sources or not (out/'explorer'/'models'/'models.json').exists():
        out = tmp_path_factory.mktemp('docs')/'site'
        r = subprocess.run([sys.executable, str(ROOT/'scripts'/'docs.py'), '--out', str(out)], cwd=ROOT, capture_output=True, text=True, timeout=600)
        assert r.returncode == 0, (r.stdout + r.stderr)[-4000:]
        print(r.stdout)
    return out

class Links(html.parser.HTMLParser): # what a page asks for, where it links to, and the places in it
    def __init__(self, text):
        super().__init__(); self.asks, self.links, self.ids = [], [], set()
        self.feed(text)
    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        self.ids |= {o for o in (a.get('id'), a.get('name') if tag == 'a' else None) if o}
        if tag in ('img', 'script', 'iframe', 'source', 'video') and a.get('src'): self.asks.append(a['src'])
        if tag == 'link' and a.get('href') and a.get('rel') != 'canonical': self.asks.append(a['href'])
        if tag == 'a' and a.get('href'): self.links.append(a['href'])

def test_links_anchors_and_images(site):
    pages = {p.resolve(): Links(p.read_text(encoding='utf8')) for p in site.rglob('*.html')}
    wrong = []
    for page, found in pages.items():
        name = page.relative_to(site.resolve()).as_posix()
        for o in found.asks + found.links:
            u = urllib.parse.urlsplit(o)
            if u.scheme or u.netloc:
                if o in found.asks and u.scheme != 'data': wrong.append(f'{name} asks another host: {o}')
                continue
            target = (page.parent/urllib.parse.unquote(u.path)).resolve() if u.path else page
            if target.is_dir(): target = target/'index.html'
            if not target.is_relative_to(site.resolve()) or not target.exists(): wrong.append(f'{name} -> {o}: not there')
            elif u.fragment and target in pages and urllib.parse.unquote(u.fragment) not in pages[target].ids: wrong.append(f'{name} -> {o}: no such place')
    for css in site.rglob('*.css'):
        for o in re.findall(r'url\(["\']?([^)"\']+)', css.read_text(encoding='utf8')):
            if re.match(r'https?:|//', o): wrong.append(f'{css.name} asks another host: {o}')
            elif not o.startswith(('data:', '#')) and not (css.parent/o.split('?')[0].split('#')[0]).exists(): wrong.append(f'{css.name} -> {o}: not there')
        if re.search(r'@import[^;]*//', css.read_text(encoding='utf8')): wrong.append(f'{css.name} imports from another host')
    assert not wrong, f'{len(wrong)} wrong:\n' + '\n'.join(wrong[:40])
    print(f'{len(pages)} pages, {sum(len(o.links) + len(o.asks) for o in pages.values())} links')

def test_every_notebook_has_its_page_and_sections_their_names(site):
    front = (site/'index.html').read_text(encoding='utf8')
    for p in (ROOT/'nbs').rglob('*.ipynb'):
        page = p.relative_to(ROOT/'nbs').with_suffix('.html').as_posix()
        assert (site/page).exists() and f'href="{page}"' in front.replace('href="./', 'href="'), f'{page} is missing from the site or its sidebar'
    for section in ('4.1 Resolution', '4.2 Diversity', '4.3 Both', '4.4 Comparison', '4.5 Signatures', '4.6 Effect', '4.7 Samples'): assert section in front

def test_figures_have_captions_and_functions_their_arguments(site):
    page = site/'api'/'metrics'/'msssim.html'
    text = page.read_text(encoding='utf8')
    assert 'data_range' in text and '# the largest pixel can have'[:13] in text and 'source/metrics/msssim.html#L' in text
    chapter = (site/'04_diversity.html').read_text(encoding='utf8')
    assert re.search(r'<figcaption[^>]*>\s*Figure 4\. ', chapter), 'chapters show their figures with captions in a fresh clone'

def test_what_the_site_alone_has(site):
    "Options as a page, verdicts as signs in colour, options never with a dash of typography, no words of Python's own."
    read = lambda o: (site/o).read_text(encoding='utf8')
    page = read('cli.html')
    assert '<code>--snapshot-every</code>' in page and 'acgan replicate grid' in page and 'photos64' in page
    claims = read('appendix/claims.html')
    assert '<table class="claims"' in claims and 'class="verdict-yes"' in claims and 'data-label="cifar10"' in claims
    for p in site.rglob('*.html'):
        text = p.read_text(encoding='utf8')
        assert 'Call self as a function' not in text, p
        assert not re.search(r'(?<![\w–])–(?:resume|preset|steps|out)\b', text), p
    assert 'aria-expanded="false"' in read('index.html') and 'class="skip"' in read('index.html')
    for name in ('fashion_mnist', 'imagenette64'): assert f'href="{name}/index.html"' in read('gallery/index.html')
    index = json.loads(read('search.json'))
    assert next(e for e in index if e['href'].endswith('api/hub.html#load'))['title'] == 'acgan.load'

def drive(env, folder, pages, shots=''):
    server, url = serve(folder)
    try: r = subprocess.run(['node', str(ROOT/'tests'/'docs.js'), url, CHROMIUM, shots, *pages], env=env, capture_output=True, text=True, timeout=420)
    finally: server.shutdown(); server.server_close()
    assert r.stdout.strip(), r.stderr[-2000:]
    seen = json.loads(r.stdout.strip().splitlines()[-1])
    assert 'failed' not in seen, seen['failed']
    return seen

@pytest.fixture(scope='module')
def seen(browser, site): # what the browser saw
    if not (site/'explorer'/'models'/'models.json').exists(): pytest.skip('the site was built without npm or without a model')
    pages = sorted(p.relative_to(site).as_posix() for p in site.rglob('*.html'))
    listings = [o for o in pages if o.startswith('source/')] # all made alike: the shortest stands for them
    listings.sort(key=lambda o: (site/o).stat().st_size)
    return drive(browser, site, [o for o in pages if not o.startswith(('explorer/', 'source/')) and o != '404.html'] + listings[:1], os.environ.get('ACGAN_SCREENSHOTS', ''))

def test_every_page_is_whole(seen):
    assert seen['pages'] > 25 and not seen['errors'], seen['errors'][:20]
    assert not seen['outside'], f'asked other hosts: {seen["outside"][:10]}'
    assert not seen['alt'] and not seen['broken'], (seen['alt'][:10], seen['broken'][:10])
    assert seen['formulas'] > 50 and not seen['maths'], seen['maths'][:10]
    assert not seen['wide'], seen['wide'][:10]
    light, dark, again = seen['scheme']
    assert light == again != dark, 'the switch between light and dark changes nothing'

def test_a_missing_page_leads_home(site):
    "404.html is shown under any address, so its links begin at the address of the site."
    text = (site/'404.html').read_text()
    assert '<base href="/acgan/">' in text and 'href="index.html"' in text and 'Skip to the text' in text

def test_search_finds_ms_ssim(seen):
    assert any('04_diversity' in o[0] for o in seen['found']) and 'MS-SSIM' in seen['found'][0][1], seen['found'][:5]
    assert seen['went'].split('#')[0] != '' and '.html' in seen['went']

def told(e): # and printed: time a frame depends on the machine, so there is no tight limit
    took = sorted(e['frames'])
    print(f'{e["models"]}: ready after {e["load"]} ms; slider to picture: median {took[len(took)//2]:.1f} ms, best {took[0]:.1f}, worst {took[-1]:.0f} of {len(took)} frames')
    return took[len(took)//2]

def test_generator_runs_in_the_page(seen):
    e = seen['explorer']
    assert not e['failed'], e['failed']
    assert all(e['changed'].values()) and len(e['changed']) >= 7, e['changed']
    assert e['swap'] == e['differ'] >= 2, 'the same z in every class: all pictures differ'
    assert not e['unlabelled'], e['unlabelled']
    assert told(e) < 500
    assert 'no WebAssembly' in seen['fallback']

def test_any_size_and_colour(browser, site, tmp_path):
    "The page is not made for one model: an untrained one of 64 pixels in colour with three classes."
    if not (site/'explorer'/'ort').exists(): pytest.skip('the site was built without npm')
    import shutil, torch
    from acgan.explore.onnx import export_onnx
    from acgan.models import AcGan
    from acgan.networks import Discriminator, Generator
    from acgan.config import TrainConfig
    shutil.copytree(site/'explorer', tmp_path/'explorer'); shutil.copy(site/'favicon.svg', tmp_path)
    c = TrainConfig(size=64, channels=3, n_classes=3, width=.125)
    G = Generator(c, torch.Generator().manual_seed(0))
    for o in G.ups: torch.nn.init.normal_(o.weight, 0, .08, generator=torch.Generator().manual_seed(1))
    r = export_onnx(AcGan(G, Discriminator(c), c, ('red <img src=x onerror=alert(1)>', 'green', 'blue'), 'toy'), tmp_path/'explorer'/'models'/'toy.onnx')
    about = json.loads((tmp_path/'explorer'/'models'/'models.json').read_text())
    about['list'] = [dict(name='toy', file='toy.onnx', bytes=r['bytes'], size=64, channels=3, z_dim=c.z_dim, z='uniform', classes=['red <img src=x onerror=alert(1)>', 'green', 'blue'])] + about['list'][:1]
    (tmp_path/'explorer'/'models'/'models.json').write_text(json.dumps(about))
    about['list'].reverse() # so that the browser changes from the shipped model to this one
    (tmp_path/'explorer'/'models'/'models.json').write_text(json.dumps(about))
    seen = drive(browser, tmp_path, [])
    assert not seen['errors'] and seen['explorer']['colour'][0] == 64 and seen['explorer']['colour'][1] > 1000, (seen['errors'], seen['explorer'])
    assert seen['explorer']['changed']['model toy (64 px)']

def test_without_npm_the_page_says_so(tmp_path):
    sys.path.insert(0, str(ROOT/'scripts'))
    spec = importlib.util.spec_from_file_location('docs_build', ROOT/'scripts'/'docs.py')
    docs = importlib.util.module_from_spec(spec); spec.loader.exec_module(docs)
    assert docs.explorer(tmp_path, None) == []
    text = (tmp_path/'explorer'/'index.html').read_text()
    assert 'npm could not be used' in text and '<script type="module"' not in text and 'fallback.jpg' in text and 'id="app"' not in text
    (tmp_path/'site_libs').mkdir(); (tmp_path/'site_libs'/'smalldocs.js').write_text('')
    (tmp_path/'a.html').write_text('<link rel="stylesheet" href="https://cdn.jsdelivr.net/npm/katex@0.16.11/dist/katex.min.css"><main class="content">x</main>')
    docs.finish(tmp_path, None)
    text = (tmp_path/'a.html').read_text()
    assert 'jsdelivr' not in text and 'npm could not be used' in text

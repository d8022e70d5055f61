"""Builds the documentation site from the notebooks into _docs/, without Quarto: nbdev's own processing, then smalldocs. Nothing in the site asks another host.

    python scripts/docs.py                       the site, in _docs/
    python scripts/docs.py --run                 runs the notebooks of the library and the explorer first, so that these pages show results too (minutes)
    python scripts/docs.py --gather build/quarto the same sources, with results, for Quarto: cd build/quarto && nbdev_docs

Code cells get the outputs that `make reproduce` left in build/notebooks and build/<model>; figures get their captions from docs_src/figures.json. Shipped models
become pages (their card and all figures) and ONNX files for docs_src/explorer. A hook: whatever lies in build/site/ is copied to the root of the site;
build/site/NAME/index.html also gets a line in the sidebar, under its <title>. So does figures/<model>/gallery*.html.
"""
import argparse, gzip, hashlib, html, json, os, re, shutil, subprocess, sys
from pathlib import Path
import yaml
import docs_touch
from vendor import vendor

root = Path(__file__).resolve().parent.parent
build, extra = root/'build', root/'build'/'site'
CAPTIONS = json.loads((root/'docs_src'/'figures.json').read_text(encoding='utf8'))
def read(p): return Path(p).read_text(encoding='utf8')
def write(p, text):
    Path(p).parent.mkdir(parents=True, exist_ok=True)
    Path(p).write_text(text, encoding='utf8')
def title_of(p):
    return (
        html.unescape(m[1].strip())
        if (m := re.search(r'<title>(.*?)</title>', read(p), re.S))
        else Path(p).parent.name
    )

# ---- models and figures
def offered(): # folders; the best to look at comes first
    sys.path.insert(0, str(root))
    from acgan.models import list_models
    order = list_models()
    return sorted(shipped(), key=lambda p: order.index(p.name))

def shipped(): # folders; the one whose figures the chapters show comes first
    return sorted(
        (
            p.parent
            for p in (root / 'data' / 'pretrained').glob('*/config.json')
            if (p.parent / 'generator.safetensors').exists()
        ),
        key=lambda p: (p.name != 'fashion_mnist', p.name),
    )

# figures/<model>/<stem>.png -> Markdown with caption and alt text; sharp where the SVG is small
def figure(path):
    stem, svg = path.stem, path.with_suffix('.svg')
    words = stem.replace('_', ' ')
    caption, alt = CAPTIONS.get(stem) or [
        (
            f'Figure {m[1]}. {m[2].replace("_", " ").capitalize()}.'
            if (m := re.match(r'fig(\d+\w?)_(.*)', stem))
            else f'{words.capitalize()}.'
        ),
        f'Figure: {words}',
    ]
    shown = svg if svg.exists() and svg.stat().st_size < 250_000 else path
    return (
        f'![{caption}](/{shown.relative_to(root).as_posix()}){{fig-alt="{alt}" #{path.parent.name}-{stem}}}'
    )

def model_page(folder): # card, figures
    from acgan.tables import escape_tags
    name, drawn = folder.name, sorted((root/'figures'/folder.name).glob('*.png'))
    card = re.sub(
        r'^---\n.*?\n---\n',
        '',
        read(folder / 'README.md') if (folder / 'README.md').exists() else f'# {name}\n',
        flags=re.S,
    )
    card = re.sub(r'^# .*\n', '', card, count=1, flags=re.M)
    # a card is Markdown; whatever looks like HTML in it was written by somebody else
    card = escape_tags(card)
    figures = '\n\n'.join(figure(p) for p in drawn if p.stem != 'samples')
    top = (
        f'![Samples of {name}: columns are classes, rows are noise vectors; nothing is'
        f' picked.](/figures/{name}/samples.jpg){{fig-alt="Grid of samples of the model {name}"}}\n\n'
        if (folder/'samples.jpg').exists()
        else ''
    )
    return (
        f'---\ntitle: "Model {name}"\nsubtitle: "What it was trained on, how well it does, and every figure'
        f' of it"\n---\n\n{top}[Walk through its latent space in the'
        f' browser](/explorer/index.html?model={name}).\n\n{card}\n\n## Figures\n\n{figures}\n'
    )

# ---- notebooks with their results
def executed():
    """The library's notebooks that `--run` executed: path in nbs/ -> the executed copy.

    Chapters carry their own outputs."""
    folder = build/'library'
    return {
        p.relative_to(folder).as_posix(): p
        for p in sorted(folder.rglob('*.ipynb'))
        if 'failed' not in p.parts
    }

def committed_figures(nb):
    "Figures that a chapter draws, as they are committed: stem -> file. The first shipped model's come first."
    text = ''.join(''.join(c['source']) for c in nb['cells'] if c['cell_type'] == 'code')
    folders = [root / 'figures' / p.name for p in shipped()] + sorted(
        p for p in (root / 'figures').glob('*') if p.is_dir()
    )
    found = {}
    for path in (p for f in folders for p in sorted(f.glob('*.png'))):
        if f"'{path.stem}'" in text: found.setdefault(path.stem, path)
    return found

# the notebooks that `make reproduce` leaves alone (library, explorer), into build/library/; only what
# changed
def run_library():
    for p in sorted([*(root/'nbs'/'api').rglob('*.ipynb'), root/'nbs'/'11_explorer.ipynb']):
        done = build/'library'/p.relative_to(root/'nbs')
        if done.exists() and done.stat().st_mtime > p.stat().st_mtime: continue
        done.parent.mkdir(parents=True, exist_ok=True)
        r = subprocess.run(
            [sys.executable, 'scripts/run_notebook.py', str(p.relative_to(root)), str(done)],
            cwd=root,
            capture_output=True,
            text=True,
        )
        print(
            (
                f'{p.relative_to(root)} ran'
                if not r.returncode
                else (
                    f'note: {p.relative_to(root)} is shown without results:'
                    f' {r.stderr.strip().splitlines()[0] if r.stderr.strip() else "it failed"}'
                )
            ),
            flush=True,
        )

def called(text): # what drew the picture, for its alt text
    names = re.findall(r'\b((?:figure|draw|plot|show|grid|image)\w*)\(', text)
    return f'Picture drawn by {names[-1]} in the code above' if names else 'Picture drawn by the code above'

# notebook (JSON), its executed copy -> number of code cells that have changed since
def with_results(nb, done, figures):
    def text(c): return ''.join(c['source']).strip()
    old = (
        [
            c
            for c in json.loads(read(done))['cells']
            if c['cell_type'] == 'code' and 'injected-parameters' not in c['metadata'].get('tags', [])
        ]
        if done
        else []
    )
    at, changed, cells, left = 0, 0, [], dict(figures)
    for c in nb['cells']:
        cells.append(c)
        if c['cell_type'] != 'code': continue
        hit = next((i for i in range(at, len(old)) if text(old[i]) == text(c)), None)
        if hit is None: changed += bool(old); continue
        at, c['outputs'] = hit + 1, [o for o in old[hit].get('outputs', []) if o.get('name') != 'stderr']
        mine = [o for o in left if re.search(rf'\b{re.escape(o)}\b', text(c))]
        if mine: # the figures as they were saved, with captions, instead of the picture in the notebook
            c['outputs'] = [o for o in c['outputs'] if 'image/png' not in o.get('data', {})]
            for o in mine:
                cells.append(
                    dict(
                        cell_type='markdown',
                        id=f'figure-{len(cells)}',
                        metadata={},
                        source=figure(left.pop(o)),
                    )
                )
        elif any('image/png' in o.get('data', {}) for o in c['outputs']) and 'fig-alt' not in text(c):
            c['source'] = f'#| fig-alt: "{called(text(c))}"\n' + ''.join(c['source'])
    nb['cells'] = cells
    return changed

def local_links(text, folder, site): # links out of nbs/ -> copies inside the site
    def new(m):
        target, _, anchor = m[2].partition('#')
        if (
            re.match(r'[a-z]+:|/|#', m[2])
            or not target
            or not (p := (root / 'nbs' / folder / target).resolve()).is_relative_to(root)
            or p.is_relative_to(root / 'nbs')
            or not p.exists()
        ):
            return m[0]
        o = p.relative_to(root).as_posix()
        if k := re.fullmatch(r'data/pretrained/([^/]+)(/README\.md)?', o): return f'{m[1]}/models/{k[1]}.md)'
        if p.is_dir(): return m[0]
        if not o.startswith('figures/'):
            o = f'files/{o}'
            (site / 'nbs' / o).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(p, site / 'nbs' / o)
        return f'{m[1]}/{o}{"#"*bool(anchor)}{anchor})'
    return re.sub(r'(\]\()([^)\s]+)\)', new, text)

# ---- the sidebar
def add_to_sidebar(nbs): # what nbs/sidebar.yml does not name, and models and pages that only the build knows
    d = yaml.safe_load(read(nbs/'sidebar.yml'))
    contents = d['website']['sidebar']['contents']
    part = {o['section']: o['contents'] for o in contents if 'section' in o}
    named = {o['href'] for p in part.values() for o in p} | {o.get('href') for o in contents}
    def heading(p):
        return next(
            (
                l[2:].strip()
                for c in json.loads(read(p))['cells']
                if c['cell_type'] == 'markdown'
                for l in ''.join(c['source']).splitlines()
                if l.startswith('# ')
            ),
            p.stem,
        )
    for p in sorted(nbs.rglob('*.ipynb')):
        o = p.relative_to(nbs).as_posix()
        if o in named: continue
        where = (
            'Library'
            if o.startswith('api/')
            else (
                'What we found'
                if o.startswith('appendix/')
                else 'The paper' if int((re.match(r'(\d\d)_', p.name) or [0, 99])[1]) <= 10 else 'By hand'
            )
        )
        section = {'09': '4.7 ', '10': '5 '}.get(p.name[:2], '') if where == 'The paper' else ''
        part[where].append(dict(text=section + heading(p), href=o))
    for p in part.values():
        p[:] = [o for o in p if not o['href'].endswith('.ipynb') or (nbs / o['href']).exists()]
    for p in sorted(extra.glob('*/index.html')):
        part['By hand'].append(dict(text=title_of(p), href=p.relative_to(extra).as_posix()))
    for p in sorted((root / 'figures').glob('*/gallery*.html')):
        part['By hand'].append(dict(text=title_of(p), href=p.relative_to(root).as_posix()))
    models = [dict(text=p.name, href=f'models/{p.name}.md') for p in offered()]
    if models:
        contents.insert(
            next(i for i, o in enumerate(contents) if o.get('section') == 'Library'),
            dict(section='Models', contents=models),
        )
    write(nbs/'sidebar.yml', yaml.safe_dump(d, sort_keys=False, allow_unicode=True))

# ---- gathering
def gather(site): # a copy of the sources to work in -> names of pages with results, messages
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(
        root / 'nbs',
        site / 'nbs',
        ignore=shutil.ignore_patterns('.ipynb_checkpoints', 'nbdev.yml', '.last_checked'),
    )
    shutil.copytree(root/'acgan', site/'acgan', ignore=shutil.ignore_patterns('__pycache__'))
    for o in ('settings.ini', 'setup.py', 'README.md'): shutil.copy(root/o, site)
    for o in ('data', 'figures'): (site/o).symlink_to(root/o)
    shutil.copytree(root/'figures', site/'nbs'/'figures', ignore=shutil.ignore_patterns('.*'))
    for p in shipped(): # the sheet of a model's folder, for its page
        if (p/'samples.jpg').exists():
            (site/'nbs'/'figures'/p.name).mkdir(exist_ok=True)
            shutil.copy(p/'samples.jpg', site/'nbs'/'figures'/p.name)
    done, shown, told = executed(), [], []
    for p in sorted((site/'nbs').rglob('*.ipynb')):
        nb, name = json.loads(read(p)), p.relative_to(site/'nbs').as_posix()
        own = p if any(c.get('outputs') for c in nb['cells']) else None
        old = done.get(name, own)
        changed = with_results(nb, old, committed_figures(nb) if own else {})
        for c in nb['cells']:
            # nbdev runs cells that hold an import;
            if c['cell_type'] == 'code' and not re.search(
                r'^#\|\s*(export|exporti|exports|exec_doc|eval)\b|^show_doc', ''.join(c['source']), re.M
            ):
                # only exported ones are needed
                c['source'] = '#| eval: false\n' + ''.join(c['source'])
            here = p.parent.relative_to(site/'nbs')
            if c['cell_type'] == 'markdown': c['source'] = local_links(''.join(c['source']), here, site)
            for d in (o.get('data', {}) for o in c.get('outputs', [])):
                if 'text/markdown' in d:
                    d['text/markdown'] = local_links(''.join(d['text/markdown']), here, site)
                if 'text/html' in d:
                    d['text/html'] = re.sub(
                        r'((?:src|href)=")(?:\.\./)+figures/',
                        rf'\1{"../"*len(here.parts)}figures/',
                        ''.join(d['text/html']),
                    )
        write(p, json.dumps(nb))
        if old: shown.append(p.name)
        if changed: told.append(f'{p.name}: {changed} code cells are newer than its results')
    for p in shipped(): write(site/'nbs'/'models'/f'{p.name}.md', model_page(p))
    write(site/'nbs'/'cli.md', docs_touch.cli_page())
    write(site/'nbs'/'404.md', docs_touch.MISSING)
    add_to_sidebar(site/'nbs')
    quarto = yaml.safe_load(read(site/'nbs'/'_quarto.yml'))
    quarto['project']['resources'] = [
        'figures/**',
        'files/**',
        'explorer/**',
        *(f'{p.name}/**' for p in sorted(extra.glob('*')) if p.is_dir()),
    ]
    write(site/'nbs'/'_quarto.yml', yaml.safe_dump(quarto, sort_keys=False, allow_unicode=True))
    return shown, told

PROCESS = '''
import nbdev.doclinks
from nbdev.config import get_config
from nbdev.quarto import refresh_quarto_yml
from nbdev.serve import proc_nbs
cfg = get_config()
refresh_quarto_yml(); nbdev.doclinks._build_modidx()
print(proc_nbs(cfg.nbs_path, n_workers=0, force=True))
'''

def run(site, *command): # quiet when it works
    env = {**os.environ, 'PYTHONPATH': str(site), 'MPLBACKEND': 'agg'}
    r = subprocess.run(command, cwd=site, env=env, capture_output=True, text=True)
    if r.returncode:
        sys.exit(
            f'{(r.stdout + r.stderr)[-4000:]}\nThe documentation could not be built (the error is above);'
            ' _docs/ is as it was.'
        )
    return r.stdout

# ---- pages that only this build makes
def source_pages(pages): # the package with line anchors, for the links at each function
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer
    for p in sorted((root/'acgan').rglob('*.py')):
        if p.name in ('_modidx.py', '__init__.py'): continue
        code = (
            highlight(
                read(p),
                PythonLexer(),
                HtmlFormatter(
                    lineanchors='L', anchorlinenos=True, linenos='inline', cssclass='listing-source'
                ),
            )
            .replace('name="L-', 'id="L')
            .replace('href="#L-', 'href="#L')
            .replace('id="L-', 'id="L')
        )
        inside = p.relative_to(root/'acgan').with_suffix('').as_posix()
        write(
            pages / 'source' / f'{inside}.md',
            f'---\ntitle: "acgan/{inside}.py"\ntoc: false\nsearch: false\npage-navigation:'
            f' false\n---\n\n````{{=html}}\n{code}\n````\n',
        )

NO_NPM = ('This copy of the site was built where npm could not be used: formulas are shown as TeX text, '
          'and the generator does not run in the browser.')

def vendored(out, modules): # KaTeX into the site
    if not modules: return
    k = out/'site_libs'/'katex'
    (k/'contrib').mkdir(parents=True); (k/'fonts').mkdir()
    for a, b in (
        ('dist/katex.min.css', ''),
        ('dist/katex.min.js', ''),
        ('dist/contrib/auto-render.min.js', 'contrib'),
        ('LICENSE', ''),
    ):
        shutil.copy(modules / 'katex' / a, k / b)
    for p in (modules/'katex'/'dist'/'fonts').glob('*.woff2'): shutil.copy(p, k/'fonts')
    css = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("[^"]*"\)', '', read(k/'katex.min.css'))
    write(k/'katex.min.css', css)

# -> build/onnx/NAME.onnx and their descriptions; a file is made again when the weights or the exporter
# change
def export_models():
    sys.path.insert(0, str(root))
    made, folder = [], build/'onnx'
    folder.mkdir(parents=True, exist_ok=True)
    exporter = (root/'acgan'/'explore'/'onnx.py').read_bytes()
    for p in offered():
        key = hashlib.sha256(
            (p / 'generator.safetensors').read_bytes() + (p / 'config.json').read_bytes() + exporter
        ).hexdigest()[:16]
        about = folder/f'{p.name}.json'
        if not (
            about.exists()
            and json.loads(read(about)).get('key') == key
            and (folder / f'{p.name}.onnx').exists()
        ):
            from acgan.explore.onnx import export_onnx
            from acgan.hub import load
            model = load(p, 'cpu')
            try: r = export_onnx(model, folder/f'{p.name}.onnx', half=True)
            # half precision is not exact enough for this one
            except ValueError: r = export_onnx(model, folder/f'{p.name}.onnx')
            c = model.config
            write(
                about,
                json.dumps(
                    dict(
                        key=key,
                        name=p.name,
                        file=f'{p.name}.onnx',
                        bytes=r['bytes'],
                        half=r['half'],
                        difference=float(f'{r["difference"]:.2g}'),
                        weights=model.weights_hash,
                        size=c.size,
                        channels=c.channels,
                        z_dim=c.z_dim,
                        z=c.z_distribution,
                        classes=list(model.class_names),
                    ),
                    ensure_ascii=False,
                ),
            )
        made.append(json.loads(read(about)))
    return made

def explorer(out, modules): # the page that runs G in the browser, complete in one folder
    here, models = out/'explorer', offered()
    shutil.copytree(root/'docs_src'/'explorer', here)
    (here/'models').mkdir()
    if models and (models[0] / 'samples.jpg').exists():
        shutil.copy(models[0] / 'samples.jpg', here / 'models' / 'fallback.jpg')
    if not modules or not models:
        page = read(here/'index.html')
        page = re.sub(r'<script type="module".*?</script>\n', '', page)
        page = (
            re.sub(r'<div id="app">.*?</div>\n</main>', '</main>', page, flags=re.S)
            .replace('role="alert" hidden', 'role="note"')
            .replace(
                '<p id="why"></p>', f'<p id="why">{NO_NPM if models else "There is no shipped model."}</p>'
            )
        )
        page = re.sub(r'<noscript>.*?</noscript>', '', page, flags=re.S)
        write(here/'index.html', page)
        for o in ('explorer.js', 'worker.js'): (here/o).unlink()
        return []
    runtime = packed_runtime(here/'ort', modules)
    made = [packed(o, here/'models') for o in export_models()]
    made.sort(key=lambda o: o['bytes'] + runtime > FIRST) # the first one is there soon
    listed = [{k: v for k, v in o.items() if k != 'key'} for o in made]
    about = dict(runtime=runtime, warm=nothing(), list=listed)
    write(here/'models'/'models.json', json.dumps(about, ensure_ascii=False))
    return made

RUNTIME = 'ort-wasm-simd-threaded.wasm'
FIRST = 7e6 # bytes of runtime and model that the page begins with: 6 s at 10 Mbit/s

def nothing(): # a model that gives back what it gets, in base64: the runtime starts with it
    import base64
    from onnx import helper, TensorProto
    x, y = (helper.make_tensor_value_info(o, TensorProto.FLOAT, [1]) for o in 'xy')
    graph = helper.make_graph([helper.make_node('Identity', ['x'], ['y'])], 'nothing', [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], ir_version=8)
    return base64.b64encode(model.SerializeToString()).decode()

def pack(path, to): # gzip, the same bytes for the same file -> their number
    return to.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))

def packed(o, folder): # a model's description -> that of its packed file, which is written
    file = f'{o["file"]}.gz'
    return o | dict(file=file, bytes=pack(build/'onnx'/o['file'], folder/file))

def packed_runtime(folder, modules): # -> its bytes
    dist = modules/'onnxruntime-web'/'dist'
    folder.mkdir()
    size = pack(dist/RUNTIME, folder/f'{RUNTIME}.gz')
    script = re.sub(r'\n?//# sourceMappingURL=.*', '', read(dist/'ort.wasm.bundle.min.mjs'))
    write(folder/'ort.wasm.bundle.min.mjs', script)
    return size

def extras(out): # the hook: build/site/* into the root of the site
    for p in extra.glob('*') if extra.is_dir() else []:
        (shutil.copytree(p, out / p.name, dirs_exist_ok=True) if p.is_dir() else shutil.copy(p, out))
    # pages of their own get a way back
    galleries = [p.name for p in shipped() if (out/'gallery'/p.name/'index.html').exists()]
    for p in (o for f in extra.glob('*/') for o in (out/f.name).rglob('*.html')):
        inside = p.relative_to(out).parts
        bar = docs_touch.site_bar('../'*(len(inside) - 1), galleries, inside[-2])
        write(p, read(p).replace('<body>', f'<body>\n{bar}', 1))

def galleries(): # every class of every shipped model, where `make reproduce` did not draw them
    sys.path.insert(0, str(root))
    from acgan.hub import load
    from acgan.report.gallery import beside, class_facts, gallery, overview
    alike = {} # data set and classes -> its models
    for p in offered():
        there = extra/'gallery'/p.name
        model = load(p, 'cpu')
        key = model.config.data, model.class_names
        facts = class_facts(root/'figures'/p.name, p)
        alike.setdefault(key, {})[p.name] = model.class_names, model.config.size, facts
        if (there/'index.html').exists() and model.weights_hash in read(there/'index.html'): continue
        gallery(model, there, 10, 0, *facts)
    for o in (extra/'gallery').glob('*/index.html'): # models that are not shipped any more
        if o.parent.name not in [p.name for p in shipped()]: shutil.rmtree(o.parent)
    for (data, _), models in alike.items(): beside(models, extra/'gallery', data)
    overview(extra/'gallery')

# ---- the last touches
def name_what_is_typed(path): # search.json: `load` of acgan/hub.py is what people know as acgan.load
    import acgan
    places = {f'api/{module.removeprefix("acgan.").replace(".", "/")}.html#{name}'.lower(): f'acgan.{name}'
              for name, module in acgan._NAMES.items()}
    if not path.exists(): return
    index = json.loads(read(path))
    for e in index: e['title'] = places.get(e['href'].lower(), e['title'])
    write(path, json.dumps(index, ensure_ascii=False))

def finish(out, modules): # no request and no link leaves the site for what it holds itself
    cfg = dict(l.split(' = ', 1) for l in read(root/'settings.ini').splitlines() if ' = ' in l)
    def fill(s): return s % cfg if '%(' in s else s
    git, host = fill(cfg['git_url']), fill(cfg['doc_host']) + fill(cfg['doc_baseurl'])
    pages = {
        re.sub(r'(^|/)\d\d_', r'\1', p.relative_to(out).as_posix()): p.relative_to(out).as_posix()
        for p in out.rglob('*.html')
    }
    for p in out.rglob('*.css'):
        # fonts of other hosts; addresses hold semicolons
        css = re.sub(r'@import\s+(?:url\([^)]*\)|"[^"]*"|\'[^\']*\')[^;]*;', '', read(p))
        write(p, re.sub(r'/\*# sourceMappingURL=.*?\*/', '', css))
    for p in out.rglob('*.html'):
        if p.is_relative_to(out/'explorer'): continue
        up, text = '../'*(len(p.relative_to(out).parts) - 1), read(p)
        # links that stand as text inside code
        text = re.sub(r'\[`([^`\]]+)`\]\(https?://[^)\s]*\)', r'\1', text)
        # a link to a function: to its page here, and to its heading where that page has one (methods have
        # none)
        def here(m):
            target = pages.get(m[1] or 'index.html', m[1])
            known = m[2] and f'id="{m[2][1:]}"' in read(out/target)
            return f'href="{up}{target}{m[2] if known else ""}"'
        text = re.sub(rf'href="{re.escape(host)}/?([^"#]*)(#[^"]*)?"', here, text)
        text = re.sub(
            rf'(href="){re.escape(git)}/blob/[^/"]+/acgan/([\w/]+)\.py#L(\d+)"',
            rf'\1{up}source/\2.html#L\3"',
            text,
        )
        if modules:
            text = re.sub(r'https://cdn\.jsdelivr\.net/npm/katex@[\d.]+/dist', f'{up}site_libs/katex', text)
        else:
            text = re.sub(r'<(?:link|script)[^>]*cdn\.jsdelivr\.net[^>]*>(?:</script>)?', '', text)
            if 'source' not in p.parts:
                text = re.sub(r'(<main[^>]*>)', rf'\1<p class="built-without">{NO_NPM}</p>', text, count=1)
        # what scrolls sideways can be scrolled with the keyboard
        text = re.sub(r'<pre(?![^>]*tabindex)', '<pre tabindex="0"', text)
        text = docs_touch.every(text)
        if p == out/'404.html': # shown under any address
            text = text.replace('<head>', f'<head><base href="{fill(cfg["doc_baseurl"])}/">', 1)
        write(p, text)
    js = read(out/'site_libs'/'smalldocs.js')
    plain = 'const hits = fuse ? fuse.search(q, { limit }).map((h) => h.item)'
    if plain in js: js = js.replace(plain, read(root/'docs_src'/'search.js').strip())
    js += read(root/'docs_src'/'sidebar.js')
    write(out/'site_libs'/'smalldocs.js', js)
    name_what_is_typed(out/'search.json')
    extras(out)
    write(out/'.nojekyll', '')

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--out', type=Path, default=root / '_docs')
    p.add_argument('--gather', type=Path)
    p.add_argument('--run', action='store_true')
    args = p.parse_args()
    if args.run: run_library()
    if args.gather:
        shown, told = gather(args.gather.resolve())
        explorer(args.gather.resolve()/'nbs', vendor()[0])
        extras(args.gather.resolve()/'nbs')
        return print(
            f'{args.gather} is ready, {len(shown)} notebooks with results: cd {args.gather} && nbdev_docs',
            *told,
            sep='\n',
        )
    print('Building the documentation ...', flush=True)
    galleries()
    out = args.out.resolve()
    site = build/'docs'/str(os.getpid())
    try:
        shown, told = gather(site)
        cache = Path(run(site, sys.executable, '-c', PROCESS).strip().splitlines()[-1])
        pages = site/'pages'
        shutil.copytree(cache, pages, ignore=shutil.ignore_patterns('_docs'))
        source_pages(pages)
        run(site, str(Path(sys.executable).parent/'smalldocs'), 'render', str(pages))
        made = next(p for p in (pages/'_docs', site/'_docs') if p.is_dir())
        modules, why = vendor()
        vendored(made, modules)
        models = explorer(made, modules)
        finish(made, modules)
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(made, out)
    finally: shutil.rmtree(site, ignore_errors=True)
    for o in told: print(f'note: {o}; run `make reproduce`, then `make docs`.')
    if not modules:
        print(
            'The site is built without the generator in the browser, and formulas stand there as TeX text,'
            f' because {why}; then run make docs again.'
        )
    for o in models:
        print(
            f'browser model {o["name"]}: {o["bytes"]/1e6:.1f} MB{", half precision" if o["half"] else ""},'
            f' pixels differ from torch by {o["difference"]} at most'
        )
    print(
        f'{os.path.relpath(out)}/ holds {len(list(out.rglob("*.html")))} pages, {len(shown)} with results of'
        f' `make reproduce`: open it with `python -m http.server --directory {os.path.relpath(out)}`.'
    )

if __name__ == '__main__': main()

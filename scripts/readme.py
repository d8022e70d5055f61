"""Writes README.md from the front page, nbs/index.ipynb as it is committed: prose, shown code and results, as GitHub
Markdown. README.md is never edited by hand; `make readme` runs the front page first."""
import json, re, sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
source, target = root/'nbs'/'index.ipynb', root/'README.md'
HIDDEN = {'hide', 'default_exp', 'include:false'}

def output(o):
    "One saved output as Markdown, or '' when there is nothing a README can show."
    if o['output_type'] == 'stream':
        return '' if o['name'] == 'stderr' else '```text\n' + ''.join(o['text']).rstrip() + '\n```'
    data = {k: ''.join(v) if isinstance(v, list) else v for k, v in o.get('data', {}).items()}
    for kind in ('text/markdown', 'text/html'):
        if kind in data and '<script' not in data[kind] and '<iframe' not in data[kind]:
            return data[kind].strip()
    if 'image/png' in data: return '' # pictures are linked from figures/ in the prose: a README embeds none
    return '```text\n' + data['text/plain'].rstrip() + '\n```' if 'text/plain' in data else ''

def links(text):
    "Links of the notebook, which lies in nbs/, as links of the README in the root."
    text = re.sub(r'\]\(\.\./', '](', text)
    text = re.sub(r'\]\(((?:(?:api|appendix)/(?:\w+/)?)?[\w.-]+\.ipynb)', r'](nbs/\1', text)
    return re.sub(r'(src=")\.\./', r'\1', text)

def cell(c):
    text, flags = ''.join(c['source']).strip(), set()
    if c['cell_type'] == 'markdown': return links(re.sub(r'^---\n.*?\n---\n', '', text, flags=re.S)).strip()
    if c['cell_type'] != 'code': return ''
    while m := re.match(r'#\|\s*([^\n]*)\n?', text):
        flags.add(m[1].replace(' ', ''))
        text = text[m.end():].strip()
    if flags & HIDDEN: return ''
    shown = [] if not text or flags & {'echo:false', 'export', 'hide_input'} else [f'```python\n{text}\n```']
    if 'output:false' not in flags: shown += [links(output(o)) for o in c.get('outputs', [])]
    return '\n\n'.join(o for o in shown if o)

def readme(nb):
    body = '\n\n'.join(o for o in map(cell, nb['cells']) if o)
    return '<!-- Made from nbs/index.ipynb by `make readme`: edit that, not this. -->\n\n' + body + '\n'

if __name__ == '__main__':
    text = readme(json.loads(source.read_text(encoding='utf8')))
    if '--check' in sys.argv: sys.exit(text != target.read_text(encoding='utf8'))
    target.write_text(text, encoding='utf8')
    print(f'README.md: {len(text.splitlines())} lines, {len(text.split())} words.')

"""Touches of every page of the site that scripts/docs.py builds, each from text to text, and the pages that only the site has."""
import html, re, warnings

SCHEME = ('<script>(function(){var s=null;try{s=localStorage.getItem("smalldocs-scheme")}catch(e){}'
          'if(s)document.documentElement.dataset.theme=s==="alternate"?"dark":"light"})();</script>')

def no_fillers(text): # Python's own words for what has no description
    return text.replace('<p><em>Call self as a function.</em></p>', '')

def long_options(text): # --resume outside code, which typography makes an en dash of
    return re.sub(r'(?<![\w–])–(?=[a-z][a-z-]+)', '--', text)

def skip_link(text): # past the menus, for keyboards and screen readers
    link = '<a class="skip" href="#quarto-document-content">Skip to the text</a>'
    return re.sub(r'(<body[^>]*>)', rf'\1{link}', text, count=1)

def folded(text): # the library's packages in the sidebar are closed, but for the one that holds this page
    def close(m):
        if 'aria-current="page"' in m[0]: return m[0]
        shut = m[0].replace('aria-expanded="true"', 'aria-expanded="false"')
        shut = shut.replace(' depth1 show"', ' depth1"')
        return shut.replace('class="sidebar-item-text', 'class="collapsed sidebar-item-text')
    part = r'<li class="sidebar-item sidebar-item-section"><div[^>]*><a[^>]*><span class="menu-text">Library'
    return re.sub(rf'{part}.*?</ul></li>', close, text, flags=re.S)

VERDICTS = {'✔': 'yes', '✘': 'no', '?': 'open'}

def verdicts(text): # tables of claims: verdicts in colour, every cell with its column's name for phones
    def table(m):
        heads = [re.sub(r'<[^>]+>', '', o) for o in re.findall(r'<th[^>]*>(.*?)</th>', m[0], re.S)]
        if not any('claim' in o for o in heads) or not re.search(r'<td[^>]*>[✔✘?]', m[0]): return m[0]
        def row(r):
            cells = iter(heads)
            def cell(c):
                head, sign = next(cells, ''), c[2].strip()[:1]
                kind = f' class="verdict-{VERDICTS[sign]}"' if sign in VERDICTS else ''
                inner = re.sub(r'^([✔✘?][^:(]*)', r'<b>\1</b>', c[2].strip()) if kind else c[2]
                return f'<td{kind} data-label="{html.escape(html.unescape(head))}">{inner}</td>'
            return re.sub(r'<td([^>]*)>(.*?)</td>', cell, r[0], flags=re.S)
        body = re.sub(r'<tr[^>]*>.*?</tr>', row, m[0], flags=re.S)
        return body.replace('<table', '<table class="claims"', 1)
    return re.sub(r'<table(?![^>]*class="claims").*?</table>', table, text, flags=re.S)

def every(text): # what all pages get
    for touch in (no_fillers, long_options, skip_link, folded, verdicts): text = touch(text)
    return text

def site_bar(up, galleries, here=''): # the head of pages that bring their own style
    links = ''.join(f'<a href="{up}gallery/{o}/index.html"{" aria-current=page" if o == here else ""}>{o}</a>'
                    for o in galleries)
    look = 'display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;padding:.2rem 0 1rem;font-size:.95rem'
    return (f'{SCHEME}<nav aria-label="Site" style="{look}"><a href="{up}index.html"><b>acgan</b></a>'
            f'<a href="{up}gallery/index.html">All classes</a>{links}'
            f'<a href="{up}explorer/index.html">Generator in the browser</a></nav>')

def cli_page(): # Markdown: every command with its options, as the parser knows them
    import inspect
    import tyro
    from acgan.cli import COMMANDS, PRESETS, STUDIES
    parts = ['---\ntitle: "Command line"\nsubtitle: "Every command of acgan and its options"\n---\n',
             '`acgan COMMAND --help` prints the same. `--debug` beside any command shows where an error '
             'arose. Commands of several words are studies: `acgan replicate STUDY`.\n']
    for name, cls in (*COMMANDS.items(), *((f'replicate {k}', v) for k, v in STUDIES.items())):
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            kind = tyro.conf.configure(tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff)(cls)
            parser = tyro.extras.get_parser(kind)
        first, _, rest = inspect.cleandoc(cls.__doc__).partition('\n')
        parts += [f'## acgan {name}\n', plain(f'{first} {rest.strip()}') + '\n']
        if 'config' in cls.__dataclass_fields__: parts.append(f'Presets: {", ".join(PRESETS)}.\n')
        parts.append('| option | values | meaning |\n|---|---|---|')
        parts += [option_row(a) for a in parser._actions if '-h' not in a.option_strings]
        parts.append('')
    return '\n'.join(parts)

def option_row(a): # an action of argparse -> a line of a table
    names = ', '.join(f'`{o}`' for o in a.option_strings) or f'`{a.dest}`'
    values = a.metavar if isinstance(a.metavar, str) else ' '.join(a.metavar or ())
    values = values.replace('{None}|', '').replace('|{None}', '').strip('{}').replace(',', ', ')
    return f'| {names} | {cell(values)} | {cell(a.help or "")} |'

def cell(text): # of a Markdown table; options as code
    return plain(' '.join(str(text).split())).replace('|', '\\|')

def plain(text): # nothing in it is HTML or an option in words
    parts = text.split('`') # every second one stands in code already
    for i in range(0, len(parts), 2):
        o = parts[i].replace('<', '&lt;').replace('{', '&#123;').replace('}', '&#125;').replace('$', '\\$')
        parts[i] = re.sub(r'(?<!\w)(--[a-z][a-z-]+)', r'`\1`', o)
    return '`'.join(parts)

MISSING = '''---
title: "This page is not here"
toc: false
search: false
---

It may have moved. The [front page](index.ipynb) leads to everything; the search finds functions and words.
'''

"""Runs one notebook headless for the Snakefile, or by hand:

    python scripts/run_notebook.py nbs/04_diversity.ipynb build/fashion_mnist/04_diversity.ipynb -p model fashion_mnist

Works like papermill, in the notebook's folder, with what the project's notebooks need: cells marked `#| eval: false` are left out;
the figures it drew are listed beside the output as NAME.figures.txt; and when a cell fails, the notebook as far as it came goes to
failed/ beside the output, and what was there before stays."""
import argparse, contextlib, json, os, re, sys, tempfile, time
from pathlib import Path

@contextlib.contextmanager
# the kernel warns about its own transport at each start; what else it or papermill says is passed on
def without_kernel_noise(log):
    saved = os.dup(2)
    try:
        with open(log, 'wb') as f: os.dup2(f.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2); os.close(saved)
        lines = Path(log).read_text(encoding='utf8', errors='replace').splitlines()
        for o in lines:
            if o.strip() and 'IPKernelApp' not in o: print(o, file=sys.stderr)

def plan(source): # the notebook file -> its JSON with the cells to be left out marked for the notebook runner
    nb = json.loads(Path(source).read_text(encoding='utf8'))
    for cell in nb['cells']:
        text = ''.join(cell['source'])
        if cell['cell_type'] == 'code' and re.search(r'^#\|\s*eval:\s*false', text, re.M):
            cell['metadata'].setdefault('tags', []).append('skip-execution')
    return nb

def tidy(nb): # the executed notebook (JSON) without what differs from run to run
    nb['metadata'].pop('papermill', None)
    for cell in nb['cells']:
        for key in ('papermill', 'execution'): cell['metadata'].pop(key, None)
        tags = cell['metadata'].get('tags')
        if tags and 'skip-execution' in tags: tags.remove('skip-execution')
    return nb

def value_of(text): # a parameter as papermill reads it: None, True, numbers, else text
    if text in ('None', 'True', 'False'): return dict(None_=None, True_=True, False_=False)[text + '_']
    for kind in (int, float):
        with contextlib.suppress(ValueError): return kind(text)
    return text

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('source', type=Path); p.add_argument('output', type=Path)
    p.add_argument('-p', '--parameter', nargs=2, action='append', default=[], metavar=('NAME', 'VALUE'))
    args = p.parse_args()
    import papermill
    from papermill.exceptions import PapermillExecutionError
    name, out = args.source.stem, args.output
    failed, report = out.parent/'failed'/args.source.name, out.parent/'failed'/f'{name}.txt'
    figures = out.with_suffix('.figures.txt')
    out.parent.mkdir(parents=True, exist_ok=True)
    start, what = time.time(), f'{args.source}' + ''.join(f' {k}={v}' for k, v in args.parameter)
    print(f'running {what}', flush=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f'.{name}.') as work:
        todo, done, drawn = Path(work)/'todo.ipynb', Path(work)/'done.ipynb', Path(work)/'drawn.txt'
        todo.write_text(json.dumps(plan(args.source)), encoding='utf8')
        drawn.touch()
        os.environ['ACGAN_FIGURE_LIST'] = str(drawn.resolve())
        # threads that wait asleep: beside other work, spinning ones make small networks ten times slower
        os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')
        try: # a figure list is kept only of a whole run
            with without_kernel_noise(Path(work)/'stderr.txt'):
                papermill.execute_notebook(
                    str(todo),
                    str(done),
                    parameters={k: value_of(v) for k, v in args.parameter},
                    cwd=str(args.source.parent),
                    kernel_name='python3',
                    progress_bar=False,
                )
        except PapermillExecutionError as e:
            failed.parent.mkdir(exist_ok=True)
            os.replace(done, failed)
            error = re.sub(r'\x1b\[[0-9;]*m', '', f'{e.ename}: {e.evalue}').strip()
            cell = '\n'.join('    | '+o for o in e.source.splitlines()[:6])
            text = (f'{args.source}: code cell [{e.exec_count}] failed with {error}\n{cell}\n'
                    f'    The notebook as far as it came: {failed} (the failed cell is marked in red; '
                    f'open it with `make lab ARGS={failed}`)\n')
            report.write_text(text, encoding='utf8')
            print(text, file=sys.stderr)
            return 1
        root = Path.cwd().resolve()
        lines = sorted(
            {
                str(f.relative_to(root) if (f := Path(o)).is_relative_to(root) else f)
                for o in drawn.read_text(encoding='utf8').split('\n')
                if o
            }
        )
        figures.write_text(''.join(o+'\n' for o in lines), encoding='utf8')
        done.write_text(
            json.dumps(
                tidy(json.loads(done.read_text(encoding='utf8'))),
                indent=1,
                ensure_ascii=False,
                sort_keys=True,
            )
            + '\n',
            encoding='utf8',
        )
        os.replace(done, out)
    print(f'done    {what}: {len(lines)} figure files, {time.time()-start:.0f} s', flush=True)
    for old in (failed, report): old.unlink(missing_ok=True)
    with contextlib.suppress(OSError): failed.parent.rmdir() # unless another notebook's report lies in it
    return 0

if __name__ == '__main__': sys.exit(main())

"""What tests need to drive a browser: Debian's Chromium, node, and playwright-core from docs_src/package-lock.json (or wherever node finds it)."""
import functools, http.server, os, shutil, subprocess, sys, threading
from pathlib import Path
import pytest

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = next((o for n in ('chromium', 'chromium-browser', 'google-chrome') if (o := shutil.which(n))), None)

def node_path(): # folders in which node may find playwright-core: $NODE_PATH, the project, global packages
    r = subprocess.run(['npm', 'root', '-g'], capture_output=True, text=True) if shutil.which('npm') else None
    return os.pathsep.join(o for o in (os.environ.get('NODE_PATH'), str(ROOT/'build'/'npm'/'node_modules'), str(ROOT/'node_modules'), r and r.stdout.strip()) if o)

def browser_environment(): # environment for node; skips the test with a reason where something is missing
    if not CHROMIUM: pytest.skip('no browser: apt-get install chromium')
    if not shutil.which('node'): pytest.skip('no node: apt-get install nodejs npm')
    found = lambda: subprocess.run(['node', '-e', 'require("playwright-core")'], env=os.environ | dict(NODE_PATH=node_path()), capture_output=True).returncode == 0
    if not found():
        sys.path.insert(0, str(ROOT/'scripts'))
        from vendor import vendor
        _, why = vendor()
        if why or not found(): pytest.skip(f'no Playwright: {why or "npm ci in docs_src did not bring playwright-core"}')
    return os.environ | dict(NODE_PATH=node_path())

@pytest.fixture(scope='module')
def browser(): return browser_environment()

def serve(folder): # -> server, address
    class Quiet(http.server.SimpleHTTPRequestHandler):
        extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, '.mjs': 'text/javascript', '.wasm': 'application/wasm'}
        def log_message(self, *args): pass
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f'http://127.0.0.1:{server.server_port}'

"""What became of one bad input: refused plainly, accepted rightly, or wrong."""
import contextlib, io, re, signal, traceback, warnings
from dataclasses import dataclass, field
from pathlib import Path
import acgan
from acgan.report.chapter import ChapterStopped

PACKAGE = str(Path(acgan.__file__).resolve().parent)
OURS = (ValueError, TypeError, OSError, ImportError, ChapterStopped)

@dataclass
class Case:
    "One input. `words`: what the message has to name, in any case; `accepted`: a check of what came back, where the input is sound."
    title: str
    call: object # without arguments
    words: tuple = ()
    accepted: object = None # result -> bool
    either: bool = False # both are right: refused, or accepted with the right result

@dataclass
class Count:
    tried: int = 0
    refused: int = 0
    accepted: int = 0
    wrong: list = field(default_factory=list)

    def __iadd__(self, other):
        self.tried, self.refused, self.accepted = self.tried + other.tried, self.refused + other.refused, self.accepted + other.accepted
        self.wrong += other.wrong
        return self

    def __str__(self):
        return (f'{self.tried} tried, {self.refused} refused plainly, {self.accepted} accepted rightly, '
                f'{len(self.wrong)} wrong')

def own_sentence(error: BaseException) -> bool: # raised by a `raise` of this package, not by what it calls
    last = traceback.extract_tb(error.__traceback__)[-1]
    return last.filename.startswith(PACKAGE) and ('raise' in (last.line or '') or '(' in (last.line or ''))

def plain(text: str) -> bool: # one or two sentences for people
    return (20 < len(text) < 900 and 'Traceback' not in text and text.count('\n') <= 4
            and not re.search(r'<[a-z]+ object at 0x', text))

def named(words: tuple, text: str) -> bool: # an option's - is a setting's _
    flat = re.sub(r'\s+', ' ', text).lower().replace('-', '_')
    return all(w.lower().replace('-', '_') in flat for w in words)

LONGEST = 60 # seconds that one input may take

class TooLong(BaseException): "One input kept the program busy for too long."

def judge(case: Case) -> tuple: # (kind, what was seen)
    said = io.StringIO()
    def late(*_): raise TooLong(f'still busy after {LONGEST} s')
    old = signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST)
    try: return outcome(case, said)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)

def outcome(case: Case, said: io.StringIO) -> tuple:
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter('ignore')
            result = case.call()
    except SystemExit as e:
        text = e.code if isinstance(e.code, str) else said.getvalue()
        if e.code in (0, None): return 'wrong', 'ended with status 0'
        if case.accepted and not case.either: return 'wrong', f'refused: {text[:300]}'
        body = re.sub(r'[^\w<>=.,:;/\'" -]+', ' ', text) # without the frame that the parser draws
        if not isinstance(e.code, str): ok = len(body) > 20 and 'Traceback' not in text
        else: ok = text.startswith('acgan: ') and plain(text)
        if ok and named(case.words, body): return 'refused', text
        return 'wrong', f'exit {e.code!r}: {text[:300]}'
    except BaseException as e:
        if case.accepted and not case.either: return 'wrong', f'refused: {type(e).__name__}: {str(e)[:300]}'
        ok = isinstance(e, OURS) and own_sentence(e) and plain(str(e))
        if ok and named(case.words, str(e)): return 'refused', str(e)
        where = traceback.extract_tb(e.__traceback__)[-1]
        return 'wrong', f'{type(e).__name__}: {str(e)[:200]} (from {Path(where.filename).name}:{where.lineno})'
    if case.accepted is None: return 'wrong', f'accepted: {str(result)[:100]!r}'
    return ('accepted', '') if case.accepted(result) else ('wrong', f'accepted, but gave {str(result)[:100]!r}')

def attack(cases) -> Count:
    count = Count()
    for case in cases:
        kind, seen = judge(case)
        count.tried += 1
        if kind == 'wrong': count.wrong.append(f'{case.title}: {seen}')
        elif kind == 'refused': count.refused += 1
        else: count.accepted += 1
    return count

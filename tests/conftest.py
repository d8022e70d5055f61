"""Files of tests run side by side (`make test`: two at a time); what each of them starts shares the cores instead of crowding them."""
import os

side_by_side = int(os.environ.get('PYTEST_XDIST_WORKER_COUNT', 1))
if side_by_side > 1: os.environ.setdefault('OMP_NUM_THREADS', str(max(1, (os.cpu_count() or 1)//side_by_side)))

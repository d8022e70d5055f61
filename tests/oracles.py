"""Slow, plain programs written from definitions and sharing no code with the package: what its fast functions are tested against."""


def ms_ssim_oracle(x, y, data_range=255.0):
    """MS-SSIM of one pair of images (C,H,W), the algorithm of paper.md section 4, in float64: explicit 2-D windows, no tricks. Returns a float."""
    import numpy as np
    from scipy.ndimage import convolve
    from scipy.signal import convolve2d
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    exponents = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    result = 1.0
    for level in range(5):
        channels, height, width = x.shape
        size = min(11, height, width)
        sigma = 1.5 * size / 11
        window = np.empty((size, size))
        for r in range(size):
            for c in range(size):
                dy, dx = r - (size - 1) / 2, c - (size - 1) / 2
                window[r, c] = np.exp(-(dy * dy + dx * dx) / (2 * sigma**2))
        window /= window.sum()
        blur = lambda a: np.stack([convolve2d(a[ch], window, mode="valid") for ch in range(channels)])
        mx, my = blur(x), blur(y)
        sxx, syy, sxy = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
        cs_map = (2 * sxy + c2) / (sxx + syy + c2)
        ssim_map = (2 * mx * my + c1) / (mx * mx + my * my + c1) * cs_map
        value = ssim_map.mean() if level == 4 else cs_map.mean()
        result *= max(value, 0.0) ** exponents[level]
        box = np.full((2, 2), 0.25)
        x, y = (np.stack([convolve(a[ch], box, mode="reflect")[::2, ::2] for ch in range(channels)]) for a in (x, y))
    return float(result)

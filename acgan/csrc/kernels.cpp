// The AC-GAN step on a processor with AVX512-BF16: convolutions, their gradients, and what follows them in one pass.
//
// Activations are bfloat16 in channels-last order [N][pixel][channel]; sums are float32. One instruction carries all of it: `vdpbf16ps` adds to each of
// 16 float32 lanes the product of a *pair* of bfloat16 numbers, so whatever is summed over has to lie in memory in pairs.
// Every output is computed by one thread in a fixed order, and random numbers depend on the seed and the place alone: results do not depend on the number of threads.
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

typedef uint16_t bf;   // a bfloat16: the upper half of a float32
typedef int64_t L;
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 32")

INLINE __m512 load(const bf *p) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16)); }
INLINE void store(bf *p, __m512 v) { _mm256_storeu_si256((__m256i *)p, (__m256i)_mm512_cvtneps_pbh(v)); }
INLINE void store(float *p, __m512 v) { _mm512_storeu_ps(p, v); }
INLINE __m512bh pairs(const bf *p) { return (__m512bh)_mm512_loadu_si512(p); }
INLINE __m512bh pair(const bf *p) { int v; memcpy(&v, p, 4); return (__m512bh)_mm512_set1_epi32(v); }
INLINE L ceil_div(L a, L b) { return (a + b - 1)/b; }

// ---------------------------------------------------------------------------------------------------------------- convolutions
// A k x k convolution with stride s and padding p connects pixels of a large image (side H) with pixels of a small one: tap (kh, kw) connects
// small (y, x) with large (s y - p + kh, s x - p + kw), where that lies inside. Forward, data gradient and their transposed twins all read
//     out[n, i, :] = sum over the taps (j, t) of pixel i of  in[n, j, :] @ W[t]
// and differ only in which side is `out`. A tile is one pixel of several *images*: all its rows have the same taps, so padding costs nothing
// (a third of the work of a 3x3 convolution of 4x4 pixels) and no patches are copied.
struct Tap { L in, t; };

static std::vector<Tap> taps_of(L i, L Hl, L Hs, L k, L s, L p, bool to_large) {
  std::vector<Tap> taps;
  L Ho = to_large ? Hl : Hs, y = i/Ho, x = i%Ho;
  for (L kh = 0; kh < k; kh++) for (L kw = 0; kw < k; kw++) {
    if (to_large) {
      L a = y + p - kh, b = x + p - kw;
      if (a < 0 || b < 0 || a%s || b%s || a/s >= Hs || b/s >= Hs) continue;
      taps.push_back({(a/s)*Hs + b/s, kh*k + kw});
    } else {
      L a = y*s - p + kh, b = x*s - p + kw;
      if (a < 0 || b < 0 || a >= Hl || b >= Hl) continue;
      taps.push_back({a*Hl + b, kh*k + kw});
    }
  }
  return taps;
}

// M rows (images) by R vectors of 16 output channels, kept in registers over the whole sum
template <int M, int R, typename T>
static void tile(const Tap *taps, L n_taps, const bf *in, L row, L Ci, const bf *w, T *out, L out_row) {
  __m512 acc[M][R];
  UNROLL for (int m = 0; m < M; m++) UNROLL for (int r = 0; r < R; r++) acc[m][r] = _mm512_setzero_ps();
  for (L i = 0; i < n_taps; i++) {
    const bf *a = in + taps[i].in*Ci, *b = w + taps[i].t*Ci*R*16;
    for (L c = 0; c < Ci; c += 2, a += 2, b += R*32) {
      __m512bh v[R];
      UNROLL for (int r = 0; r < R; r++) v[r] = pairs(b + r*32);
      UNROLL for (int m = 0; m < M; m++) {
        __m512bh x = pair(a + m*row);
        UNROLL for (int r = 0; r < R; r++) acc[m][r] = _mm512_dpbf16_ps(acc[m][r], x, v[r]);
      }
    }
  }
  UNROLL for (int m = 0; m < M; m++) UNROLL for (int r = 0; r < R; r++) store(out + m*out_row + r*16, acc[m][r]);
}

template <int M, int R, typename T>
static void rows(L n, const Tap *taps, L n_taps, const bf *in, L row, L Ci, const bf *w, T *out, L out_row) {  // a tile of n <= M rows
  if (n == M) return tile<M, R, T>(taps, n_taps, in, row, Ci, w, out, out_row);
  if constexpr (M > 1) rows<M - 1, R, T>(n, taps, n_taps, in, row, Ci, w, out, out_row);
}

template <int M, int R, typename T>
static void conv_blocks(const bf *in, const bf *w, T *out, L N, L Ci, L Co, L Hl, L Hs, L k, L s, L p, bool to_large) {
  L Pi = to_large ? Hs*Hs : Hl*Hl, Po = to_large ? Hl*Hl : Hs*Hs, blocks = Co/(16*R), parts = ceil_div(N, 1024);
  std::vector<std::vector<Tap>> taps(Po);
  for (L i = 0; i < Po; i++) taps[i] = taps_of(i, Hl, Hs, k, s, p, to_large);
  #pragma omp parallel for collapse(3) schedule(static)
  for (L j = 0; j < blocks; j++) for (L i = 0; i < Po; i++) for (L h = 0; h < parts; h++) {
    L n = h*N/parts, end = (h + 1)*N/parts, tiles = ceil_div(end - n, M);
    for (L m; tiles; tiles--, n += m) {
      m = ceil_div(end - n, tiles);  // tiles of nearly equal height: one of a row or two would wait for itself
      rows<M, R, T>(m, taps[i].data(), taps[i].size(), in + n*Pi*Ci, Pi*Ci, Ci, w + j*k*k*Ci*R*16, out + (n*Po + i)*Co + j*R*16, Po*Co);
    }
  }
}

INLINE int vectors(L Co) { return Co%64 == 0 ? 4 : Co%48 == 0 ? 3 : Co%32 == 0 ? 2 : 1; }  // R: 16 R divides the output channels

template <typename T>
static void conv_any(const bf *in, const bf *w, T *out, L N, L Ci, L Co, L Hl, L Hs, L k, L s, L p, bool to_large) {
  switch (vectors(Co)) {  // M R = 24 sums and R + 1 operands: 32 registers hold them
    case 4: return conv_blocks<6, 4, T>(in, w, out, N, Ci, Co, Hl, Hs, k, s, p, to_large);
    case 3: return conv_blocks<8, 3, T>(in, w, out, N, Ci, Co, Hl, Hs, k, s, p, to_large);
    case 2: return conv_blocks<12, 2, T>(in, w, out, N, Ci, Co, Hl, Hs, k, s, p, to_large);
    default: return conv_blocks<14, 1, T>(in, w, out, N, Ci, Co, Hl, Hs, k, s, p, to_large);
  }
}

// ------------------------------------------------------------------------------------------------ matrix tiles (AMX), where they exist
// `tdpbf16ps` multiplies a tile of 16 rows by K numbers with one of K numbers by 16 columns: eight times the work of `vdpbf16ps`. It reads pairs
// in the order that the weights are packed in already. Tiles 0 to 3 hold sums, 4 and 5 rows, 6 and 7 columns.
// Rows of a tile are 16 neighbouring pixels of an image with a border of zeros (or, of small images, one pixel of 16 images): whatever is the case,
// every output is one sum in a fixed order.
static bool tiles_on = false;

// Asks the operating system for the tiles' registers. Returns 1 when they are used from now on; `wanted` 0 turns them off.
extern "C" L use_tiles(L wanted) {
#ifdef __AMX_BF16__
  tiles_on = wanted && !syscall(SYS_arch_prctl, 0x1023 /* ARCH_REQ_XCOMP_PERM */, 18 /* tile data */);
#endif
  return tiles_on;
}

#ifdef __AMX_BF16__
struct Tiles {  // sets this thread's tiles up for K and M <= 16 rows, and puts back what was there: other libraries use them too
  alignas(64) char saved[64], mine[64];
  Tiles(L K, L M = 16) {
    _tile_storeconfig(saved);
    memset(mine, 0, 64);
    mine[0] = 1;
    uint16_t *bytes = (uint16_t *)(mine + 16);
    uint8_t *rows = (uint8_t *)(mine + 48);
    for (int i = 0; i < 8; i++) { bytes[i] = i == 4 || i == 5 ? 2*K : 64; rows[i] = i < 6 ? M : K/2; }
    _tile_loadconfig(mine);
  }
  ~Tiles() { if (saved[0]) _tile_loadconfig(saved); else _tile_release(); }
};

static L tile_depth(L C) {  // the largest even K up to 32 that divides C
  for (L K = 32; K > 2; K -= 2) if (C%K == 0) return K;
  return 2;
}

template <typename T>
INLINE void store_tile(T *out, L row, const float *sums, L width, L M) {
  for (L m = 0; m < M; m++) for (L r = 0; r < width; r += 16) store(out + m*row + r, _mm512_loadu_ps(sums + m*32 + r));
}

// M NA rows by 16 NB outputs. `a` and `b` are the first rows, `row` their distance; `out_a`, `out_b` and `out_row` likewise.
template <int NA, int NB, typename T>
static void tile_sums(const Tap *taps, L n_taps, const bf *a, const bf *b, L row, L Ci, L K, const bf *w, L R, T *out_a, T *out_b, L out_row, L M) {
  _tile_zero(0); _tile_zero(1); _tile_zero(2); _tile_zero(3);
  for (L i = 0; i < n_taps; i++) {
    const bf *x = a + taps[i].in*Ci, *y = b + taps[i].in*Ci, *v = w + taps[i].t*Ci*R*16;
    for (L c = 0; c < Ci; c += K) {
      _tile_loadd(4, x + c, row*2);
      _tile_loadd(6, v + c*R*16, R*64);
      _tile_dpbf16ps(0, 4, 6);
      if constexpr (NB > 1) { _tile_loadd(7, v + c*R*16 + 32, R*64); _tile_dpbf16ps(1, 4, 7); }
      if constexpr (NA > 1) {
        _tile_loadd(5, y + c, row*2);
        _tile_dpbf16ps(2, 5, 6);
        if constexpr (NB > 1) _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
  alignas(64) float sums[2][16*32];
  _tile_stored(0, sums[0], 128);
  if constexpr (NB > 1) _tile_stored(1, sums[0] + 16, 128);
  if constexpr (NA > 1) { _tile_stored(2, sums[1], 128); if constexpr (NB > 1) _tile_stored(3, sums[1] + 16, 128); }
  store_tile(out_a, out_row, sums[0], 16*NB, M);
  if constexpr (NA > 1) store_tile(out_b, out_row, sums[1], 16*NB, M);
}

// all outputs of one or two times M rows (`two`)
template <typename T>
static void tile_row(bool two, const Tap *taps, L n_taps, const bf *a, const bf *b, L row, L Ci, L Co, L k, L K, const bf *w, T *out_a, T *out_b, L out_row, L M = 16) {
  L R = vectors(Co);
  for (L j = 0; j < Co; j += 16*R) for (L r = 0; r < R; r += 2) {
    const bf *v = w + j*k*k*Ci + r*32;
    T *oa = out_a + j + r*16, *ob = out_b + j + r*16;
    if (two && r + 1 < R) tile_sums<2, 2>(taps, n_taps, a, b, row, Ci, K, v, R, oa, ob, out_row, M);
    else if (two) tile_sums<2, 1>(taps, n_taps, a, b, row, Ci, K, v, R, oa, ob, out_row, M);
    else if (r + 1 < R) tile_sums<1, 2>(taps, n_taps, a, a, row, Ci, K, v, R, oa, oa, out_row, M);
    else tile_sums<1, 1>(taps, n_taps, a, a, row, Ci, K, v, R, oa, oa, out_row, M);
  }
}

struct Phase { L y, x; std::vector<Tap> taps; };  // outputs (y, x), (y + s, x), ... that have the same taps; where those read, from the first one on

static bf *scratch(L n, int which) {  // kept between calls: fresh memory would cost page faults at every step; whole cache lines
  static thread_local std::vector<bf> kept[2];
  if ((L)kept[which].size() < n + 32) kept[which].resize(n + 32);
  return (bf *)(((uintptr_t)kept[which].data() + 63) & ~(uintptr_t)63);
}

// rows of a tile are pixels of one image
template <typename T>
static void conv_pixels(const bf *in, const bf *w, T *out, L N, L Ci, L Co, L Hl, L Hs, L k, L s, L p, bool to_large) {
  L Hi = to_large ? Hs : Hl, Ho = to_large ? Hl : Hs, step = to_large ? s : 1, run = Ho/step, K = tile_depth(Ci), low = 0, high = 0;
  auto offset = [=](L phase, L t) { return to_large ? (phase + p - t)/s : t - p; };   // input row of tap t of the first output row of a phase
  auto used = [=](L phase, L t) { return !to_large || (phase + p - t)%s == 0; };
  for (L f = 0; f < step; f++) for (L t = 0; t < k; t++) if (used(f, t)) {
    L first = offset(f, t), last = first + (run - 1)*(to_large ? 1 : s);
    if (-first > low) low = -first;
    if (last - (Hi - 1) > high) high = last - (Hi - 1);
  }
  L W = Hi + low + high;
  std::vector<Phase> phases;
  for (L y = 0; y < step; y++) for (L x = 0; x < step; x++) {
    Phase f{y, x, {}};
    for (L kh = 0; kh < k; kh++) for (L kw = 0; kw < k; kw++)
      if (used(y, kh) && used(x, kw)) f.taps.push_back({(offset(y, kh) + low)*W + offset(x, kw) + low, kh*k + kw});
    phases.push_back(f);
  }
  const bf *wide = in;
  if (low + high) {  // the images with their border of zeros
    bf *copy = scratch(N*W*W*Ci, 0);
    #pragma omp parallel for schedule(static)
    for (L r = 0; r < N*W; r++) {
      bf *o = copy + r*W*Ci;
      L y = r%W - low;
      if (y < 0 || y >= Hi) { memset(o, 0, W*Ci*2); continue; }
      memset(o, 0, low*Ci*2);
      memcpy(o + low*Ci, in + (r/W*Hi + y)*Hi*Ci, Hi*Ci*2);
      memset(o + (low + Hi)*Ci, 0, high*Ci*2);
    }
    wide = copy;
  }
  L along = to_large ? 1 : s, lines = run >= 32 ? 1 : 2, groups = ceil_div(run, lines), F = phases.size();
  #pragma omp parallel
  {
    Tiles tiles(K);
    #pragma omp for schedule(static)
    for (L g = 0; g < N*groups*F; g++) {
      const Phase &f = phases[g%F];
      L n = g/F/groups, q = g/F%groups*lines;
      auto at = [&](L line, L x) { return wide + (n*W*W + line*along*W + x*along)*Ci; };
      auto to = [&](L line, L x) { return out + (n*Ho*Ho + (line*step + f.y)*Ho + x*step + f.x)*Co; };
      auto go = [&](bool two, L l, L x, L m, L z) {
        tile_row(two, f.taps.data(), f.taps.size(), at(l, x), at(m, z), along*Ci, Ci, Co, k, K, w, to(l, x), to(m, z), step*Co);
      };
      if (lines == 2) {  // 16 to 31 pixels: two lines side by side
        bool two = q + 1 < run;
        for (L x = 0;; x += 16) { if (x + 16 > run) x = run - 16; go(two, q, x, two ? q + 1 : q, x); if (x + 16 >= run) break; }
      } else for (L x = 0;; x += 32) {
        if (x + 32 > run) x = run - 32;
        go(true, q, x, q, x + 16);
        if (x + 32 >= run) break;
      }
    }
  }
}

// rows of a tile are the same pixel of 16 images (of all, where there are fewer), the last ones of which may overlap
template <typename T>
static void conv_images(const bf *in, const bf *w, T *out, L N, L Ci, L Co, L Hl, L Hs, L k, L s, L p, bool to_large) {
  L Pi = to_large ? Hs*Hs : Hl*Hl, Po = to_large ? Hl*Hl : Hs*Hs, K = tile_depth(Ci), row = Pi*Ci, parts = ceil_div(N, 256), M = N < 16 ? N : 16;
  const bf *from = in;
  if (Pi > 1 && row%2048 == 0) {  // a distance of whole pages: all rows would share one set of the cache
    row += 96;
    bf *copy = scratch(N*row, 0);
    #pragma omp parallel for schedule(static)
    for (L n = 0; n < N; n++) memcpy(copy + n*row, in + n*Pi*Ci, Pi*Ci*2);
    from = copy;
  }
  std::vector<std::vector<Tap>> taps(Po);
  for (L i = 0; i < Po; i++) taps[i] = taps_of(i, Hl, Hs, k, s, p, to_large);
  #pragma omp parallel
  {
    Tiles tiles(K, M);
    #pragma omp for collapse(2) schedule(static)
    for (L h = 0; h < parts; h++) for (L i = 0; i < Po; i++) {
      L n = h*N/parts, end = (h + 1)*N/parts;
      auto go = [&](bool two, L a, L b) {
        tile_row(two, taps[i].data(), taps[i].size(), from + a*row, from + b*row, row, Ci, Co, k, K, w, out + (a*Po + i)*Co, out + (b*Po + i)*Co, Po*Co, M);
      };
      for (; n + 2*M <= end; n += 2*M) go(true, n, n + M);
      if (n + M < end) go(true, n, end - M); else if (n < end) go(false, end - M, end - M);
    }
  }
}
#endif

template <typename T>
static void conv_best(const bf *in, const bf *w, T *out, L N, L Ci, L Co, L Hl, L Hs, L k, L s, L p, bool to_large) {
#ifdef __AMX_BF16__
  if (tiles_on && (to_large ? Hl/s : Hs) >= 16 && (!to_large || Hl == Hs*s)) return conv_pixels(in, w, out, N, Ci, Co, Hl, Hs, k, s, p, to_large);
  if (tiles_on) return conv_images(in, w, out, N, Ci, Co, Hl, Hs, k, s, p, to_large);
#endif
  conv_any(in, w, out, N, Ci, Co, Hl, Hs, k, s, p, to_large);
}

extern "C" void conv(const bf *in, const bf *w, void *out, L N, L Ci, L Co, L Hl, L Hs, L k, L s, L p, L to_large, L out_float) {
  if (out_float) conv_best(in, w, (float *)out, N, Ci, Co, Hl, Hs, k, s, p, to_large);
  else conv_best(in, w, (bf *)out, N, Ci, Co, Hl, Hs, k, s, p, to_large);
}

// rows r[0..15] of 16 numbers of 32 bits become columns
INLINE void transpose(__m512i *r) {
  __m512i t[16];
  UNROLL for (int i = 0; i < 16; i += 2) { t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]); t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]); }
  UNROLL for (int i = 0; i < 16; i += 4) UNROLL for (int j = 0; j < 2; j++) {
    r[i + 2*j] = _mm512_unpacklo_epi64(t[i + j], t[i + 2 + j]); r[i + 2*j + 1] = _mm512_unpackhi_epi64(t[i + j], t[i + 2 + j]);
  }
  UNROLL for (int i = 0; i < 4; i++) UNROLL for (int h = 0; h < 2; h++) {
    t[8*h + i] = _mm512_shuffle_i32x4(r[8*h + i], r[8*h + 4 + i], 0x88); t[8*h + 4 + i] = _mm512_shuffle_i32x4(r[8*h + i], r[8*h + 4 + i], 0xdd);
  }
  UNROLL for (int i = 0; i < 8; i++) { r[i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0x88); r[8 + i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0xdd); }
}

// Float32 weights [A][T][B] to the order that `tile` reads: [block of 16 R outputs][tap][pair of inputs][output][2]. Inputs are A or B.
extern "C" void pack_weights(const float *w, bf *out, L A, L T, L B, L inputs_are_A) {
  L Ci = inputs_are_A ? A : B, Co = inputs_are_A ? B : A, W = 16*vectors(Co);
  #pragma omp parallel for collapse(2) schedule(static)
  for (L j = 0; j < Co/W; j++) for (L t = 0; t < T; t++) {
    bf *o = out + (j*T + t)*Ci*W;
    if (inputs_are_A) for (L c = 0; c < Ci; c += 2) for (L i = 0; i < W; i += 16) {
      const float *a = w + (c*T + t)*B + j*W + i, *b = a + T*B;
      __m512i lo = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(a))), hi = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(b)));
      _mm512_storeu_si512(o + (c*W + i*2), _mm512_or_si512(lo, _mm512_slli_epi32(hi, 16)));
    } else for (L i = 0; i < W; i += 16) for (L c = 0; c < Ci; c += 32) {
      bool whole = c + 32 <= Ci;
      __m512i r[16];
      UNROLL for (int m = 0; m < 16; m++) {
        const float *a = w + ((j*W + i + m)*T + t)*B + c;
        r[m] = (__m512i)_mm512_cvtne2ps_pbh(whole ? _mm512_loadu_ps(a + 16) : _mm512_setzero_ps(), _mm512_loadu_ps(a));
      }
      transpose(r);
      for (int q = 0; q < (whole ? 16 : 8); q++) _mm512_storeu_si512(o + (c/2 + q)*W*2 + i*2, r[q]);
    }
  }
}

// -------------------------------------------------------------------------------------------------------------- weight gradients
// dW[a, t, b] = sum over images and pixels of rows[n, i, a] lanes[n, j, b]: a matrix product that sums over *images*, so two images make a pair.
// `interleave` lays x [N][P][C] out as [C/W][P][N/2][W][2]; a missing last image is zero.
static void interleave(const bf *x, bf *out, L N, L P, L C, L W) {
  L half = ceil_div(N, 2);
  #pragma omp parallel for schedule(static)
  for (L i = 0; i < P; i++) for (L n = 0; n < half; n++) {
    const bf *a = x + (2*n*P + i)*C, *b = a + P*C;
    bool both = 2*n + 1 < N;
    for (L c = 0; c < C; c += 8) {
      __m128i u = _mm_loadu_si128((const __m128i *)(a + c)), v = both ? _mm_loadu_si128((const __m128i *)(b + c)) : _mm_setzero_si128();
      bf *o = out + (((c/W)*P + i)*half + n)*W*2 + (c%W)*2;
      _mm_storeu_si128((__m128i *)o, _mm_unpacklo_epi16(u, v)); _mm_storeu_si128((__m128i *)(o + 8), _mm_unpackhi_epi16(u, v));
    }
  }
}

template <int M, int R>
static void weight_tile(const std::vector<Tap> &pixels, const bf *rows, const bf *lanes, L half, float *dw, L dw_row) {  // M rows by 16 R lanes
  __m512 acc[M][R];
  UNROLL for (int m = 0; m < M; m++) UNROLL for (int r = 0; r < R; r++) acc[m][r] = _mm512_setzero_ps();
  for (const Tap &px : pixels) {
    const bf *a = rows + px.in*half*M*2, *b = lanes + px.t*half*R*32;
    for (L n = 0; n < half; n++, a += M*2, b += R*32) {
      __m512bh v[R];
      UNROLL for (int r = 0; r < R; r++) v[r] = pairs(b + r*32);
      UNROLL for (int m = 0; m < M; m++) {
        __m512bh x = pair(a + m*2);
        UNROLL for (int r = 0; r < R; r++) acc[m][r] = _mm512_dpbf16_ps(acc[m][r], x, v[r]);
      }
    }
  }
  UNROLL for (int m = 0; m < M; m++) UNROLL for (int r = 0; r < R; r++) _mm512_storeu_ps(dw + m*dw_row + r*16, acc[m][r]);
}

#ifdef __AMX_BF16__
// One pixel's 32 channels (or 16) of a pair of images as dwords, a missing image as zeros.
INLINE void channel_pairs(const bf *x, L n, L N, L P, L C, L i, L c, bool both, __m512i *lo, __m512i *hi) {
  auto half = [&](L image, int h) {
    return image < N && (h == 0 || both) ? _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(x + (image*P + i)*C + c + 16*h))) : _mm512_setzero_si512();
  };
  *lo = _mm512_or_si512(half(n, 0), _mm512_slli_epi32(half(n + 1, 0), 16));
  *hi = _mm512_or_si512(half(n, 1), _mm512_slli_epi32(half(n + 1, 1), 16));
}

// x [N][P][C] as tiles [C/16][P][chunk of K images]: [K/2][16][2] for columns, [16][K] for rows (`turned`)
static void tiles_of(const bf *x, bf *out, L N, L P, L C, L K, bool turned) {
  L chunks = ceil_div(N, K);
  #pragma omp parallel for collapse(2) schedule(static)
  for (L i = 0; i < P; i++) for (L h = 0; h < chunks; h++) for (L c = 0; c < C; c += 32) {
    __m512i lo[16], hi[16];
    bool both = c + 32 <= C;
    for (L m = 0; m < 16; m++) {
      if (m < K/2) channel_pairs(x, h*K + 2*m, N, P, C, i, c, both, lo + m, hi + m);
      else lo[m] = hi[m] = _mm512_setzero_si512();
    }
    if (turned) { transpose(lo); if (both) transpose(hi); }
    for (int b = 0; b <= both; b++) {
      bf *o = out + (((c/16 + b)*P + i)*chunks + h)*16*K;
      __m512i *r = b ? hi : lo;
      if (turned) for (L m = 0; m < 16; m++) _mm512_mask_storeu_epi32(o + m*K, (__mmask16)((1u << (K/2)) - 1), r[m]);
      else for (L m = 0; m < K/2; m++) _mm512_storeu_si512(o + m*32, r[m]);
    }
  }
}

template <int NA, int NB>
static void weight_sums(const Tap *pixels, L n_pixels, L from, L to, L K, const bf *a, L a_next, const bf *b, L b_next, L chunks, float *dw, L dw_next, L dw_row, bool first) {
  if (first) { _tile_zero(0); _tile_zero(1); _tile_zero(2); _tile_zero(3); }
  else {
    _tile_loadd(0, dw, dw_row*4);
    if constexpr (NB > 1) _tile_loadd(1, dw + 16, dw_row*4);
    if constexpr (NA > 1) { _tile_loadd(2, dw + dw_next, dw_row*4); if constexpr (NB > 1) _tile_loadd(3, dw + dw_next + 16, dw_row*4); }
  }
  for (L q = 0; q < n_pixels; q++) for (L h = from; h < to; h++) {
    const bf *x = a + (pixels[q].in*chunks + h)*16*K, *y = b + (pixels[q].t*chunks + h)*16*K;
    _tile_loadd(4, x, 2*K);
    _tile_loadd(6, y, 64);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (NB > 1) { _tile_loadd(7, y + b_next, 64); _tile_dpbf16ps(1, 4, 7); }
    if constexpr (NA > 1) {
      _tile_loadd(5, x + a_next, 2*K);
      _tile_dpbf16ps(2, 5, 6);
      if constexpr (NB > 1) _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, dw, dw_row*4);
  if constexpr (NB > 1) _tile_stored(1, dw + 16, dw_row*4);
  if constexpr (NA > 1) { _tile_stored(2, dw + dw_next, dw_row*4); if constexpr (NB > 1) _tile_stored(3, dw + dw_next + 16, dw_row*4); }
}

// The sum runs line by line of the small image (and by 2,048 images), all taps of a line together: what they share stays in the cache.
static void weight_gradient_tiles(const bf *rows, const bf *lanes, float *dw, L N, L A, L B, L Hl, L Hs, L k, L s, L p) {
  L T = k*k, Pa = Hs*Hs, Pb = Hl*Hl, n = ceil_div(N, 32), K = (ceil_div(N, n) + 1)/2*2, chunks = ceil_div(N, K);
  bf *ra = scratch(A*Pa*chunks*K, 0), *lb = scratch(B*Pb*chunks*K, 1);
  tiles_of(rows, ra, N, Pa, A, K, true);
  tiles_of(lanes, lb, N, Pb, B, K, false);
  std::vector<std::vector<Tap>> pixels(T*Hs);
  for (L i = 0; i < Pa; i++) for (const Tap &tap : taps_of(i, Hl, Hs, k, s, p, false)) pixels[tap.t*Hs + i/Hs].push_back({i, tap.in});
  L NA = (A + 31)/32, NB = (B + 31)/32;
  #pragma omp parallel
  {
    Tiles tiles(K);
    #pragma omp for collapse(3) schedule(dynamic)
    for (L i = 0; i < NA; i++) for (L j = 0; j < NB; j++) for (L kh = 0; kh < k; kh++)
      for (L y = 0; y < Hs; y++) for (L h = 0; h < chunks; h += 64) for (L t = kh*k; t < (kh + 1)*k; t++) {
        const std::vector<Tap> &px = pixels[t*Hs + y];
        const bf *a = ra + 2*i*Pa*chunks*16*K, *b = lb + 2*j*Pb*chunks*16*K;
        L an = Pa*chunks*16*K, bn = Pb*chunks*16*K, to = h + 64 < chunks ? h + 64 : chunks;
        float *o = dw + (32*i*T + t)*B + 32*j;
        bool first = !y && !h, two = 32*i + 16 < A;
        if (two && 32*j + 16 < B) weight_sums<2, 2>(px.data(), px.size(), h, to, K, a, an, b, bn, chunks, o, 16*T*B, T*B, first);
        else if (two) weight_sums<2, 1>(px.data(), px.size(), h, to, K, a, an, b, bn, chunks, o, 16*T*B, T*B, first);
        else if (32*j + 16 < B) weight_sums<1, 2>(px.data(), px.size(), h, to, K, a, an, b, bn, chunks, o, 16*T*B, T*B, first);
        else weight_sums<1, 1>(px.data(), px.size(), h, to, K, a, an, b, bn, chunks, o, 16*T*B, T*B, first);
      }
  }
}
#endif

// The rows are the small image's channels, the lanes the large one's: dw [A][k k][B] has the order of the weights.
extern "C" void weight_gradient(const bf *rows, const bf *lanes, float *dw, L N, L A, L B, L Hl, L Hs, L k, L s, L p) {
#ifdef __AMX_BF16__
  if (tiles_on) return weight_gradient_tiles(rows, lanes, dw, N, A, B, Hl, Hs, k, s, p);
#endif
  L T = k*k, half = ceil_div(N, 2), R = B%48 == 0 ? 3 : B%32 == 0 ? 2 : 1, M = R == 1 ? 16 : 8, Pa = Hs*Hs, Pb = Hl*Hl;
  static thread_local std::vector<bf> scratch;  // kept: fresh memory would cost page faults at every step
  L need = (A*Pa + B*Pb)*half*2;
  if ((L)scratch.size() < need + 32) scratch.resize(need + 32);
  bf *ra = (bf *)(((uintptr_t)scratch.data() + 63) & ~(uintptr_t)63), *lb = ra + A*Pa*half*2;  // whole cache lines: loads across two cost a third of the speed
  interleave(rows, ra, N, Pa, A, M);
  interleave(lanes, lb, N, Pb, B, 16*R);
  std::vector<std::vector<Tap>> pixels(T);
  for (L i = 0; i < Pa; i++) for (const Tap &tap : taps_of(i, Hl, Hs, k, s, p, false)) pixels[tap.t].push_back({i, tap.in});
  #pragma omp parallel for collapse(3) schedule(static)
  for (L j = 0; j < B/(16*R); j++) for (L t = 0; t < T; t++) for (L i = 0; i < A/M; i++) {
    const bf *a = ra + i*Pa*half*M*2, *b = lb + j*Pb*half*R*32;
    float *o = dw + (i*M*T + t)*B + j*R*16;
    if (R == 3) weight_tile<8, 3>(pixels[t], a, b, half, o, T*B);
    else if (R == 2) weight_tile<8, 2>(pixels[t], a, b, half, o, T*B);
    else weight_tile<16, 1>(pixels[t], a, b, half, o, T*B);
  }
}

// Images of 1 or 3 channels fill no vector: their patches do, [k k C] numbers padded with zeros to K, a multiple of 16. What is left is `conv` with one tap.
extern "C" void patches(const bf *large, bf *out, L N, L C, L Hl, L Hs, L k, L s, L p, L K) {
  #pragma omp parallel for schedule(static)
  for (L r = 0; r < N*Hs; r++) {
    L n = r/Hs, y = r%Hs;
    for (L x = 0; x < Hs; x++) {
      bf *o = out + (r*Hs + x)*K;
      memset(o, 0, K*2);
      for (L kh = 0; kh < k; kh++) {
        L a = y*s - p + kh, b = x*s - p, first = b < 0 ? -b : 0, end = b + k > Hl ? Hl - b : k;
        if (a < 0 || a >= Hl) continue;
        memcpy(o + (kh*k + first)*C, large + ((n*Hl + a)*Hl + b + first)*C, (end - first)*C*2);
      }
    }
  }
}

// and back: patches are added up where they overlap, on top of a bias (or of nothing)
extern "C" void add_patches(const float *in, const float *bias, bf *large, L N, L C, L Hl, L Hs, L k, L s, L p, L K) {
  #pragma omp parallel
  {
    std::vector<float> sum(Hl*Hl*C);
    #pragma omp for schedule(static)
    for (L n = 0; n < N; n++) {
      for (L i = 0; i < Hl*Hl; i++) for (L c = 0; c < C; c++) sum[i*C + c] = bias ? bias[c] : 0.f;
      for (L y = 0; y < Hs; y++) for (L x = 0; x < Hs; x++) {
        const float *q = in + ((n*Hs + y)*Hs + x)*K;
        for (L kh = 0; kh < k; kh++) {
          L a = y*s - p + kh, b = x*s - p, first = b < 0 ? -b : 0, end = b + k > Hl ? Hl - b : k;
          if (a < 0 || a >= Hl) continue;
          float *d = &sum[(a*Hl + b + first)*C];
          const float *v = q + (kh*k + first)*C;
          for (L i = 0, length = (end - first)*C; i < length; i += 16) {  // seldom a whole vector
            __mmask16 m = length - i < 16 ? (1 << (length - i)) - 1 : 0xffff;
            _mm512_mask_storeu_ps(d + i, m, _mm512_add_ps(_mm512_maskz_loadu_ps(m, d + i), _mm512_maskz_loadu_ps(m, v + i)));
          }
        }
      }
      bf *o = large + n*Hl*Hl*C;
      L i = 0;
      for (; i + 16 <= Hl*Hl*C; i += 16) store(o + i, _mm512_loadu_ps(&sum[i]));
      for (; i < Hl*Hl*C; i++) o[i] = (bf)_mm_extract_epi16((__m128i)_mm_cvtneps_pbh(_mm_set_ss(sum[i])), 0);
    }
  }
}

// ------------------------------------------------------------------------------------------------------------------ random numbers
// xoshiro256++ (Blackman & Vigna 2019), eight generators side by side; its state is filled by splitmix64, as its authors advise.
struct Random {
  __m512i s[4];
  static uint64_t mix(uint64_t &x) {
    uint64_t z = (x += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30))*0xbf58476d1ce4e5b9ull; z = (z ^ (z >> 27))*0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  Random(uint64_t seed, uint64_t chunk) {
    uint64_t x = mix(seed) + mix(chunk)*0xd1342543de82ef95ull, t[32];
    for (int i = 0; i < 32; i++) t[i] = mix(x);
    for (int i = 0; i < 4; i++) s[i] = _mm512_loadu_si512(t + 8*i);
  }
  static inline __m512i next(__m512i *s) {
    __m512i out = _mm512_add_epi64(_mm512_rol_epi64(_mm512_add_epi64(s[0], s[3]), 23), s[0]), t = _mm512_slli_epi64(s[1], 17);
    s[2] = _mm512_xor_si512(s[2], s[0]); s[3] = _mm512_xor_si512(s[3], s[1]); s[1] = _mm512_xor_si512(s[1], s[2]); s[0] = _mm512_xor_si512(s[0], s[3]);
    s[2] = _mm512_xor_si512(s[2], t); s[3] = _mm512_rol_epi64(s[3], 45);
    return out;
  }

  // Keep bits of a dropout layer, 16 at a time: single random bits for p = 1/2, else bytes compared with 256 p.
  uint16_t bits[32]; int left = 0;
  inline uint16_t keep(int drop) {
    if (!left) {
      if (drop == 128) _mm512_storeu_si512(bits, next(s));
      else for (int i = 0; i < 8; i++) { uint64_t m = _mm512_cmpge_epu8_mask(next(s), _mm512_set1_epi8((char)drop)); memcpy(bits + 4*i, &m, 8); }
      left = 32;
    }
    return bits[--left];
  }

  // Standard normals by Box and Muller: r = sqrt(-2 ln u), and an angle in a quarter turn whose two coordinates get random signs.
  __m512 spare; bool have = false;
  inline __m512 normal() {
    if (have) { have = false; return spare; }
    auto c = [](float v) { return _mm512_set1_ps(v); };
    auto f = [](__m512 a, __m512 b, __m512 d) { return _mm512_fmadd_ps(a, b, d); };
    __m512i w = next(s);
    __m512 u = f(_mm512_cvtepu32_ps(next(s)), c(0x1p-32f), c(0x1p-33f));                       // (0, 1]
    __m512 m = _mm512_getmant_ps(u, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src), t = _mm512_div_ps(_mm512_sub_ps(m, c(1)), _mm512_add_ps(m, c(1))), q = _mm512_mul_ps(t, t);
    __m512 log_m = _mm512_mul_ps(t, f(q, f(q, f(q, f(q, f(q, c(2/11.f), c(2/9.f)), c(2/7.f)), c(2/5.f)), c(2/3.f)), c(2)));  // 2 artanh t
    __m512 log_u = f(_mm512_getexp_ps(u), c(0.69314718f), log_m), r = _mm512_sqrt_ps(_mm512_max_ps(_mm512_mul_ps(log_u, c(-1)), c(0)));  // over sqrt 2
    __m512 a = _mm512_mul_ps(_mm512_cvtepi32_ps(w), c(0.78539816f*0x1p-31f)), b = _mm512_mul_ps(a, a);                       // from a quarter of pi below to above
    __m512 sine = _mm512_mul_ps(a, f(b, f(b, f(b, c(-1/5040.f), c(1/120.f)), c(-1/6.f)), c(1)));
    __m512 cosine = f(b, f(b, f(b, f(b, c(1/40320.f), c(-1/720.f)), c(1/24.f)), c(-.5f)), c(1));
    auto sign = [](__m512 v, __m512i bit) { return _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(v), bit)); };
    __m512i top = _mm512_set1_epi32(1 << 31);
    spare = sign(_mm512_mul_ps(r, _mm512_add_ps(cosine, sine)), _mm512_slli_epi32(w, 31)); have = true;
    return sign(_mm512_mul_ps(r, _mm512_sub_ps(cosine, sine)), _mm512_and_si512(_mm512_slli_epi32(w, 30), top));
  }
};

// ------------------------------------------------------------------------------------------------- what follows a convolution, in one pass
// y [P][C] -> drop(LeakyReLU(z) + noise), z = batch norm of y, or y + beta. Rows are cut into chunks of about 32,768 numbers, whatever the number of threads.
INLINE L chunk_rows(L C) { return C < 32768 ? 32768/C : 1; }

// sums over rows of two quantities that `f(row, channel)` gives for 16 channels: per chunk in float32, over chunks in double
template <typename F>
static void column_sums(L P, L C, double *out, F f) {
  L R = chunk_rows(C), chunks = ceil_div(P, R);
  std::vector<float> part(chunks*2*C);
  #pragma omp parallel for schedule(static)
  for (L h = 0; h < chunks; h++) {
    L end = (h + 1)*R < P ? (h + 1)*R : P;
    for (L c = 0; c < C; c += 16) {
      __m512 s[4], q[4];
      for (int i = 0; i < 4; i++) s[i] = q[i] = _mm512_setzero_ps();
      L r = h*R;
      for (; r + 4 <= end; r += 4) UNROLL for (int i = 0; i < 4; i++) f(r + i, c, s[i], q[i]);
      for (; r < end; r++) f(r, c, s[0], q[0]);
      _mm512_storeu_ps(&part[h*2*C + c], _mm512_add_ps(_mm512_add_ps(s[0], s[1]), _mm512_add_ps(s[2], s[3])));
      _mm512_storeu_ps(&part[h*2*C + C + c], _mm512_add_ps(_mm512_add_ps(q[0], q[1]), _mm512_add_ps(q[2], q[3])));
    }
  }
  for (L i = 0; i < 2*C; i++) { out[i] = 0; for (L h = 0; h < chunks; h++) out[i] += part[h*2*C + i]; }
}

// affine [2 C] receives scale and shift of z, stats [2 C] mean and 1/std. keep: a bit for every number, kept for the way back. drop = 256 p.
extern "C" void act_forward(const bf *y, bf *out, uint16_t *keep, const float *gamma, const float *beta, float *running_mean, float *running_var, float *stats, float *affine,
                            L P, L C, float momentum, float eps, float slope, float noise, L drop, float scale, uint64_t seed) {
  float *mean = stats, *rstd = stats + C, *mul = affine, *add = affine + C;
  if (gamma) {
    std::vector<double> sums(2*C);
    column_sums(P, C, sums.data(), [=](L r, L c, __m512 &s, __m512 &q) { __m512 v = load(y + r*C + c); s = _mm512_add_ps(s, v); q = _mm512_fmadd_ps(v, v, q); });
    for (L c = 0; c < C; c++) {
      double m = sums[c]/P, v = sums[C + c]/P - m*m;
      if (v < 0) v = 0;
      mean[c] = m; rstd[c] = 1/sqrt(v + eps); mul[c] = gamma[c]*rstd[c]; add[c] = beta[c] - mean[c]*mul[c];
      running_mean[c] += momentum*(m - running_mean[c]); running_var[c] += momentum*(v*P/(P - 1) - running_var[c]);  // unbiased, as in torch
    }
  } else for (L c = 0; c < C; c++) { mean[c] = 0; rstd[c] = 1; mul[c] = 1; add[c] = beta[c]; }
  L R = chunk_rows(C);
  __m512 sl = _mm512_set1_ps(slope), sd = _mm512_set1_ps(noise), sc = _mm512_set1_ps(scale);
  #pragma omp parallel for schedule(static)
  for (L h = 0; h < ceil_div(P, R); h++) {
    Random random(seed, h);
    for (L r = h*R; r < (h + 1)*R && r < P; r++) for (L c = 0; c < C; c += 16) {
      L o = r*C + c;
      __m512 z = _mm512_fmadd_ps(load(y + o), _mm512_loadu_ps(mul + c), _mm512_loadu_ps(add + c));
      z = _mm512_mask_mul_ps(z, _mm512_cmp_ps_mask(z, _mm512_setzero_ps(), _CMP_LE_OQ), z, sl);
      if (noise > 0) z = _mm512_fmadd_ps(random.normal(), sd, z);
      if (drop) z = _mm512_maskz_mul_ps(keep[o/16] = random.keep(drop), z, sc);
      store(out + o, z);
    }
  }
}

// dy, and the gradients [2 C] of gamma and beta, from the gradient of the output; y is read again instead of keeping z:
//     dy = scale (dz - mean(dz) - xhat mean(dz xhat)),  xhat = (y - mean)/std
extern "C" void act_backward(const bf *y, const bf *dout, const uint16_t *keep, const float *stats, const float *affine, bf *dy, float *grads,
                             L P, L C, L norm, float slope, L drop, float scale) {
  const float *mean = stats, *rstd = stats + C, *mul = affine, *add = affine + C;
  __m512 sl = _mm512_set1_ps(slope), sc = _mm512_set1_ps(scale);
  auto dz = [=](L r, L c, __m512 v) {  // back through dropout and LeakyReLU
    L o = r*C + c;
    __mmask16 negative = _mm512_cmp_ps_mask(_mm512_fmadd_ps(v, _mm512_loadu_ps(mul + c), _mm512_loadu_ps(add + c)), _mm512_setzero_ps(), _CMP_LE_OQ);
    __m512 d = load(dout + o);
    if (drop) d = _mm512_maskz_mul_ps(keep[o/16], d, sc);
    return _mm512_mask_mul_ps(d, negative, d, sl);
  };
  std::vector<double> sums(2*C);
  column_sums(P, C, sums.data(), [=](L r, L c, __m512 &s, __m512 &q) { __m512 v = load(y + r*C + c), d = dz(r, c, v); s = _mm512_add_ps(s, d); q = _mm512_fmadd_ps(d, v, q); });
  std::vector<float> linear(3*C);  // dy = A dz + B y + D
  float *A = linear.data(), *B = A + C, *D = B + C;
  for (L c = 0; c < C; c++) {
    double dbeta = sums[c], dgamma = (sums[C + c] - mean[c]*dbeta)*rstd[c];
    grads[c] = dgamma; grads[C + c] = dbeta;
    A[c] = mul[c]; B[c] = norm ? -mul[c]*rstd[c]*dgamma/P : 0; D[c] = norm ? -mul[c]*dbeta/P - B[c]*mean[c] : 0;
  }
  L R = chunk_rows(C);
  #pragma omp parallel for schedule(static)
  for (L h = 0; h < ceil_div(P, R); h++) for (L r = h*R; r < (h + 1)*R && r < P; r++) for (L c = 0; c < C; c += 16) {
    __m512 v = load(y + r*C + c);
    store(dy + r*C + c, _mm512_fmadd_ps(dz(r, c, v), _mm512_loadu_ps(A + c), _mm512_fmadd_ps(v, _mm512_loadu_ps(B + c), _mm512_loadu_ps(D + c))));
  }
}

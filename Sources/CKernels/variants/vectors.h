// A vector of WIDTH floats and how it meets memory; the including file defines WIDTH and NAME.

#define JOIN2(a, b) ck_##a##_##b
#define JOIN(a, b) JOIN2(a, b)
#define KERNEL(f) JOIN(NAME, f)
#define INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((ext_vector_type(WIDTH)));
typedef int32_t vi __attribute__((ext_vector_type(WIDTH)));
typedef float vfu __attribute__((ext_vector_type(WIDTH), aligned(4), may_alias));

INLINE vf load(const float *p) { return *(const vfu *)p; }
INLINE void store(float *p, vf v) { *(vfu *)p = v; }

INLINE vf load_some(const float *p, int32_t n) {
  if (n >= WIDTH) return load(p);
  float t[WIDTH] = {0};
  for (int32_t i = 0; i < n; i++) t[i] = p[i];
  return load(t);
}

INLINE void store_some(float *p, vf v, int32_t n) {
  if (n >= WIDTH) {
    store(p, v);
    return;
  }
  float t[WIDTH];
  store(t, v);
  for (int32_t i = 0; i < n; i++) p[i] = t[i];
}

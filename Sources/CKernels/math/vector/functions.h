// Functions of a number: exponential, logarithm, erf, and the activations made of them.

// e^x, relative error below 2e-7; below -87 it is 0 or subnormal-flushed.
INLINE vf exponential(vf x) {
  vf y = larger(smaller(x, splat(88.3762626647949f)), splat(-87.3365447504019f));
  vf n = __builtin_elementwise_roundeven(y * splat(1.44269504088896341f));
  vf r = multiply_add(n, splat(-0.693359375f), y);
  r = multiply_add(n, splat(2.12194440e-4f), r);
  vf p = splat(1.9875691500e-4f);
  p = multiply_add(p, r, splat(1.3981999507e-3f));
  p = multiply_add(p, r, splat(8.3334519073e-3f));
  p = multiply_add(p, r, splat(4.1665795894e-2f));
  p = multiply_add(p, r, splat(1.6666665459e-1f));
  p = multiply_add(p, r, splat(5.0000001201e-1f));
  p = multiply_add(p, r * r, r) + splat(1);
  vi power = (__builtin_convertvector(n, vi) + 127) << 23;
  return x < splat(-87.3365447504019f) ? splat(0) : p * (vf)power;
}

// e^x for x <= 0, relative error below 3e-7; what is below -87 counts as -87. The power of two is found by adding a
// number so large that the sum's last bits are it.
INLINE vf decay(vf x) {
  x = larger(x, splat(-87));
  vf shifted = multiply_add(x, splat(1.44269504088896341f), splat(12582912));
  vf n = shifted - splat(12582912);
  vf r = multiply_add(n, splat(-0.69314718055994531f), x);
  vf p = splat(1.9875691500e-4f);
  p = multiply_add(p, r, splat(1.3981999507e-3f));
  p = multiply_add(p, r, splat(8.3334519073e-3f));
  p = multiply_add(p, r, splat(4.1665795894e-2f));
  p = multiply_add(p, r, splat(1.6666665459e-1f));
  p = multiply_add(p, r, splat(5.0000001201e-1f));
  p = multiply_add(p, r * r, r) + splat(1);
  return (vf)((vi)p + ((vi)shifted << 23));
}

// The same with a relative error below 2e-4, for what is rounded to bf16.
INLINE vf rough_decay(vf x) {
  x = larger(x, splat(-87));
  vf shifted = multiply_add(x, splat(1.44269504088896341f), splat(12582912));
  vf n = shifted - splat(12582912);
  vf r = multiply_add(n, splat(-0.69314718055994531f), x);
  vf p = splat(0.165667789f);
  p = multiply_add(p, r, splat(0.50496377f));
  p = multiply_add(p, r, splat(1.00016429f));
  p = multiply_add(p, r, splat(0.999928038f));
  return (vf)((vi)p + ((vi)shifted << 23));
}

// log x for normal x > 0 (Cephes), relative error below 2e-7.
INLINE vf logarithm(vf x) {
  vi bits = (vi)x;
  vi exponent = ((bits >> 23) & 255) - 126;
  vf m = (vf)((bits & 0x7fffff) | 0x3f000000);  // 0.5 <= m < 1
  vi small = m < splat(0.707106781186547524f);
  exponent += small;  // -1 where small
  m = (small ? m + m : m) - splat(1);
  vf e = floats(exponent), z = m * m;
  vf p = splat(7.0376836292e-2f);
  p = multiply_add(p, m, splat(-1.1514610310e-1f));
  p = multiply_add(p, m, splat(1.1676998740e-1f));
  p = multiply_add(p, m, splat(-1.2420140846e-1f));
  p = multiply_add(p, m, splat(1.4249322787e-1f));
  p = multiply_add(p, m, splat(-1.6668057665e-1f));
  p = multiply_add(p, m, splat(2.0000714765e-1f));
  p = multiply_add(p, m, splat(-2.4999993993e-1f));
  p = multiply_add(p, m, splat(3.3333331174e-1f));
  vf y = m * z * p;
  y = multiply_add(e, splat(-2.12194440e-4f), y);
  y = multiply_add(z, splat(-0.5f), y);
  return multiply_add(e, splat(0.693359375f), m + y);
}

// log(1 + x), x >= 0: what 1 + x rounds away is given back to first order.
INLINE vf logarithm1(vf x) {
  vf u = x + splat(1);
  vf lost = (x - (u - splat(1))) / u;
  return u > splat(1e30f) ? logarithm(u) : logarithm(u) + lost;
}

// erf: an odd rational function on [-4, 4] (coefficients as in Eigen's and TensorFlow's), absolute error below 4e-7.
INLINE vf error_function(vf x) {
  x = larger(smaller(x, splat(4)), splat(-4));
  vf z = x * x;
  vf p = splat(-2.72614225801306e-10f);
  p = multiply_add(p, z, splat(2.77068142495902e-08f));
  p = multiply_add(p, z, splat(-2.10102402082508e-06f));
  p = multiply_add(p, z, splat(-5.69250639462346e-05f));
  p = multiply_add(p, z, splat(-7.34990630326855e-04f));
  p = multiply_add(p, z, splat(-2.95459980854025e-03f));
  p = multiply_add(p, z, splat(-1.60960333262415e-02f));
  vf q = splat(-1.45660718464996e-05f);
  q = multiply_add(q, z, splat(-2.13374055278905e-04f));
  q = multiply_add(q, z, splat(-1.68282697438203e-03f));
  q = multiply_add(q, z, splat(-7.37332916720468e-03f));
  q = multiply_add(q, z, splat(-1.42647390514189e-02f));
  return x * p / q;
}

INLINE vf sigmoid(vf x) { return splat(1) / (splat(1) + exponential(-x)); }

INLINE vf hyperbolic_tangent(vf x) {
  // An odd polynomial near zero, where 1 - 2 / (e^2x + 1) cancels.
  vf z = x * x;
  vf p = splat(-5.70498872745e-3f);
  p = multiply_add(p, z, splat(2.06390887954e-2f));
  p = multiply_add(p, z, splat(-5.37397155531e-2f));
  p = multiply_add(p, z, splat(1.33314422036e-1f));
  p = multiply_add(p, z, splat(-3.33332819422e-1f));
  vf near = multiply_add(p * z, x, x);
  vf far = splat(1) - splat(2) / (exponential(x + x) + splat(1));
  return z < splat(0.390625f) ? near : far;
}

// ck_rough_gelu of W numbers.
INLINE vf rough_gelu(vf x) {
  vf near = larger(smaller(x, splat(CK_GELU_BOUND)), splat(-CK_GELU_BOUND));
  vf z = near * near, p = splat(ck_gelu_terms[7]);
#pragma clang loop unroll(full)
  for (int i = 6; i >= 0; i--) p = multiply_add(p, z, splat(ck_gelu_terms[i]));
  return x * multiply_add(near, p, splat(0.5f));
}

INLINE vf activated(vf x, int activation) {
  switch (activation) {
    case CK_ROUGH_GELU: return rough_gelu(x);
    case CK_RELU: return larger(x, splat(0));
    case CK_GELU: {
      vf half = x * splat(0.5f);
      return multiply_add(half, error_function(x * splat(0.70710678118654752f)), half);
    }
    case CK_GELU_TANH: {
      vf inner = splat(0.79788456080286536f) * multiply_add(x * x * x, splat(0.044715f), x);
      return splat(0.5f) * x * (splat(1) + hyperbolic_tangent(inner));
    }
    case CK_TANH: return hyperbolic_tangent(x);
    case CK_SIGMOID: return sigmoid(x);
    case CK_SOFTPLUS: return larger(x, splat(0)) + logarithm1(exponential(-larger(x, -x)));
    case CK_LOG1P_RELU: return logarithm1(larger(x, splat(0)));
    case CK_LOG1P2_RELU: return logarithm1(logarithm1(larger(x, splat(0))));
    default: return x;
  }
}

static void activate(float *values, ck_index count, int activation) {
  ck_index i = 0;
  for (; i + W <= count; i += W) store(values + i, activated(load(values + i), activation));
  if (i < count) store_some(values + i, activated(load_some(values + i, count - i), activation), count - i);
}

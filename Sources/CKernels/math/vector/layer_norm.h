// LayerNorm: mean and variance in two passes over a row, sums in four chains (one would wait for itself) by lane, and then
// over the lanes in a fixed order.

static void layer_norm(const float *input, ck_index input_stride, const float *residual, ck_index residual_stride,
                       ck_index rows, ck_index width, const float *gamma, const float *beta, float epsilon, float *out,
                       ck_index out_stride) {
  ck_index whole = width / W * W, rest = width - whole, fours = width / (4 * W) * 4 * W;
  for (ck_index r = 0; r < rows; r++) {
    const float *x = input + r * input_stride, *more = residual ? residual + r * residual_stride : NULL;
    float *y = out + r * out_stride;
    vf sums = splat(0), squares = splat(0), tail = splat(0), parts[4] = {sums, sums, sums, sums};
    for (ck_index i = 0; i < fours; i += 4 * W) {
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) {
        vf v = load(x + i + j * W);
        if (more) v += load(more + i + j * W);
        store(y + i + j * W, v);
        parts[j] += v;
      }
    }
    sums = (parts[0] + parts[1]) + (parts[2] + parts[3]);
    for (ck_index i = fours; i < whole; i += W) {
      vf v = load(x + i);
      if (more) v += load(more + i);
      store(y + i, v);
      sums += v;
    }
    if (rest) {
      tail = load_some(x + whole, rest);
      if (more) tail += load_some(more + whole, rest);
      sums += tail;
    }
    vf mean = splat(sum_of(sums) / (float)width);
    for (int j = 0; j < 4; j++) parts[j] = splat(0);
    for (ck_index i = 0; i < fours; i += 4 * W) {
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) {
        vf v = load(y + i + j * W) - mean;
        parts[j] = multiply_add(v, v, parts[j]);
      }
    }
    squares = (parts[0] + parts[1]) + (parts[2] + parts[3]);
    for (ck_index i = fours; i < whole; i += W) {
      vf v = load(y + i) - mean;
      squares = multiply_add(v, v, squares);
    }
    for (ck_index i = 0; i < rest; i++) {
      float v = tail[i] - mean[0];
      squares[i] += v * v;
    }
    vf inverse = splat(1 / sqrtf(sum_of(squares) / (float)width + epsilon));
    for (ck_index i = 0; i < whole; i += W)
      store(y + i, multiply_add((load(y + i) - mean) * inverse, load(gamma + i), load(beta + i)));
    if (rest)
      store_some(y + whole, multiply_add((tail - mean) * inverse, load_some(gamma + whole, rest), load_some(beta + whole, rest)),
                 rest);
  }
}

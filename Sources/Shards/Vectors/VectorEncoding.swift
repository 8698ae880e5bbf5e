package import Kernels

/// How dense vectors are stored. The name is what YAML says; the suffix is on the disk.
package enum VectorEncoding: String, Sendable, Codable, CaseIterable {
  case float32 = "f32"
  case float16 = "f16"
  case int8

  package var kind: RowKind {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .int8: .int8
    }
  }

  /// The file's name in a shard.
  package var fileName: String {
    switch self {
    case .float32: "vectors.f32"
    case .float16: "vectors.f16"
    case .int8: "vectors.i8"
    }
  }
}

/// What an int8 element of a vector is multiplied with: the largest absolute value of its vector, or of its dimension
/// over the whole collection, becomes 127.
package enum VectorScale: String, Sendable, Codable, CaseIterable {
  case vector, dimension
}

internal import Codecs
internal import Kernels
internal import Quantizers
internal import Shards

/// The dense vectors of all shards as one collection.
struct ShardVectors: VectorRows {
  let count: Int
  let dimension: Int
  private let readers: [(base: Int, reader: VectorReader)]

  /// `nil` for an index without dense vectors. Throws `FormatError` where shards do not agree.
  init?(_ folders: [String]) throws {
    let found = try folders.map { try VectorReader.open($0) }
    guard !folders.isEmpty, found.contains(where: { $0 != nil }) else { return nil }
    var readers: [(base: Int, reader: VectorReader)] = []
    var base = 0
    var dimension = 0
    for (folder, reader) in zip(folders, found) {
      guard let reader else { throw FormatError.corrupt(path: folder, detail: "other shards have dense vectors") }
      readers.append((base, reader))
      base += reader.count
      if reader.count > 0 { dimension = reader.dimension }
    }
    for (_, reader) in readers where reader.count > 0 && reader.dimension != dimension {
      throw FormatError.corrupt(
        path: reader.path, detail: "\(reader.dimension) dimensions, another shard has \(dimension)")
    }
    self.readers = readers
    self.dimension = dimension
    count = base
  }

  func vector(of document: Int) throws -> [Float] {
    guard let (base, reader) = readers.last(where: { $0.base <= document && document - $0.base < $0.reader.count })
    else {
      preconditionFailure("no document \(document)")
    }
    return try reader.vector(of: document - base)
  }
}

/// The codes of all shards as one collection, with the generation's quantizer.
struct ShardCodes: CodeRows {
  let count: Int
  private let quantizer: ProductQuantizer
  private let readers: [(base: Int, reader: CodeReader)]

  var dimension: Int { quantizer.shape.dimension }
  var parts: Int { quantizer.shape.parts }
  var bits: Int { quantizer.shape.bits }
  var rotation: [Float] { quantizer.rotation }
  var centroids: [Float] { quantizer.codebooks }

  /// `nil` for an index without codes.
  init?(_ folders: [String], generation: String) throws {
    let path = generation + "/" + ProductQuantizer.fileName
    guard FileSystem.exists(path) else { return nil }
    quantizer = try ProductQuantizer(path: path)
    var readers: [(base: Int, reader: CodeReader)] = []
    var base = 0
    for folder in folders {
      guard let reader = try CodeReader.open(folder) else {
        throw FormatError.corrupt(path: folder, detail: "it has no codes, and the index has a quantizer")
      }
      guard reader.count == 0 || (reader.parts == quantizer.shape.parts && reader.bits == quantizer.shape.bits) else {
        throw FormatError.corrupt(path: reader.path, detail: "its codes are not those of the index's quantizer")
      }
      readers.append((base, reader))
      base += reader.count
    }
    self.readers = readers
    count = base
  }

  func codes(of document: Int) throws -> [UInt8] {
    guard let (base, reader) = readers.last(where: { $0.base <= document && document - $0.base < $0.reader.count })
    else {
      preconditionFailure("no document \(document)")
    }
    return try reader.codes(of: document - base)
  }
}

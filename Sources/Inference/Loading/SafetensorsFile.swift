package import Kernels

/// Reads the header of a safetensors file.
///
/// ```
/// file   = length: u64 LE, header: length bytes of JSON, data: to the end of the file
/// header = {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ..., "__metadata__": {TEXT: TEXT}}
/// ```
/// Offsets count from the start of the data. Refused (65): a header that does not fit, or is larger than 16 MiB (one
/// with ten thousand tensors has 1 MiB); JSON that does not start with `{`; a name that comes twice; a dtype, shape or
/// offset that makes no sense or do not agree; data that overlap, have a hole, or do not reach the file's end.
package enum SafetensorsFile {
  static let largestHeader = 16 << 20

  /// The tensors in the order of the header.
  package static func tensors(_ view: ByteView, file: String) throws -> [Tensor] {
    let header = try header(view, file: file)
    let start = 8 + header.length
    let data = try view.slice(start, view.count - start)
    var pieces: [(range: Range<Int>, tensor: Tensor)] = []
    for (name, fields) in try header.fields.members() where name != "__metadata__" {
      let entry = try Entry(name, fields, dataCount: data.count)
      let bytes = try data.slice(entry.range.lowerBound, entry.range.count)
      pieces.append(
        (entry.range, Tensor(name: name, format: entry.format, shape: entry.shape, bytes: bytes, file: file)))
    }
    if let metadata = header.fields["__metadata__"] { for (_, text) in try metadata.members() { _ = try text.text() } }
    try checkCover(pieces.map { ($0.range, $0.tensor.name) }, dataCount: data.count, file: file)
    return pieces.map(\.tensor)
  }

  private static func header(_ view: ByteView, file: String) throws -> (fields: JSONFields, length: Int) {
    func damaged(_ detail: String) -> ModelError { ModelError(.damaged, file, detail) }
    try refuseOtherKinds(view, file: file)
    guard view.count >= 8 else { throw damaged("has \(view.count) bytes, too few for a safetensors file") }
    let length = try view.load(UInt64.self, at: 0)
    guard length >= 2 else { throw damaged("its header has \(length) bytes: no safetensors file") }
    guard length <= UInt64(largestHeader) else {
      throw damaged("says that its header has \(length) bytes, more than any: no safetensors file, or damaged")
    }
    guard Int(length) <= view.count - 8 else {
      throw damaged("its header should have \(length) bytes, and the file ends after \(view.count - 8)")
    }
    guard view[8] == UInt8(ascii: "{") else { throw damaged("its header does not start with {") }
    let fields = try JSONFields(parsing: try view.bytes(8, Int(length)), file: file)
    guard fields.value.object != nil else { throw damaged("its header is no JSON object") }
    return (fields, Int(length))
  }

  /// What is often found under this name and is something else.
  private static func refuseOtherKinds(_ view: ByteView, file: String) throws {
    let start = try view.bytes(0, min(view.count, 24))
    if start.starts(with: [0x50, 0x4B, 3, 4])
      || start.starts(with: [0x80]) && start.count > 1 && (2...5).contains(start[1])
        && (view.count < 8 || start[7] != 0)
    {
      throw ModelError(.damaged, file, "is a pickle under the name of a safetensors file. \(PickleFiles.advice)")
    }
    if start.starts(with: "version https://git-lfs".utf8) {
      throw ModelError(
        .unavailable, file, "is a pointer of Git LFS and not the weights: run `git lfs pull` in the model's folder")
    }
  }

  /// One member of the header, checked by itself.
  private struct Entry {
    let format: TensorFormat
    let shape: [Int]
    let range: Range<Int>

    init(_ name: String, _ fields: JSONFields, dataCount: Int) throws {
      guard !name.isEmpty, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), name.utf8.count <= 512 else {
        throw fields.error("is no name of a tensor")
      }
      let known: Set = ["dtype", "shape", "data_offsets"]
      for (key, _) in try fields.members() where !known.contains(key) {
        throw fields.error("has the unknown key \(key)")
      }
      guard let dtype = try fields.text("dtype"), let shape = fields["shape"], let offsets = fields["data_offsets"]
      else {
        throw fields.error("lacks dtype, shape or data_offsets")
      }
      guard let format = TensorFormat(rawValue: dtype) else { throw fields.error("has the unknown dtype \(dtype)") }
      let bounds = try offsets.elements().map { try $0.wholeNumber(in: 0...dataCount) }
      guard bounds.count == 2, bounds[0] <= bounds[1] else { throw fields.error("data_offsets are no range") }
      self.shape = try shape.elements().map { try $0.wholeNumber(in: 0...Int(Int32.max)) }
      var size = format.size
      for extent in self.shape {
        let (product, overflow) = size.multipliedReportingOverflow(by: extent)
        guard !overflow else { throw fields.error("its shape \(self.shape) is absurd") }
        size = product
      }
      guard size == bounds[1] - bounds[0] else {
        throw fields.error(
          "\(dtype) \(self.shape) takes \(size) bytes, and data_offsets give it \(bounds[1] - bounds[0])")
      }
      self.format = format
      range = bounds[0]..<bounds[1]
    }
  }

  private static func checkCover(_ ranges: [(Range<Int>, String)], dataCount: Int, file: String) throws {
    var end = 0
    for (range, name) in ranges.sorted(by: { ($0.0.lowerBound, $0.0.upperBound) < ($1.0.lowerBound, $1.0.upperBound) })
    {
      guard range.lowerBound >= end else { throw ModelError(.damaged, file, "the tensor \(name) overlaps another") }
      guard range.lowerBound == end else {
        throw ModelError(.damaged, file, "there is a hole of \(range.lowerBound - end) bytes before the tensor \(name)")
      }
      end = range.upperBound
    }
    guard end == dataCount else {
      throw ModelError(.damaged, file, "the tensors take \(end) bytes, and the file has \(dataCount) for them")
    }
  }
}

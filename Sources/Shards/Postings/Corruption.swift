internal import Codecs
internal import Kernels

/// Runs `body`; an offset or length in the file at `path` that points nowhere becomes `FormatError.corrupt`.
func asCorruption<R>(of path: String, _ body: () throws -> R) throws -> R {
  do {
    return try body()
  } catch let error as ByteView.OutOfBounds {
    throw FormatError.corrupt(path: path, detail: error.description)
  } catch let error as VarintList.Malformed {
    throw FormatError.corrupt(path: path, detail: error.description)
  } catch is LZ4Block.Corrupt {
    throw FormatError.corrupt(path: path, detail: "a compressed block does not decode")
  }
}

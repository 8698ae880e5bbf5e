/// Files of ids or terms, one a line: line i is row i.
enum IDLines {
  static func append(_ id: some Collection<UInt8>, to file: OutputFile) throws {
    file.bytes += id
    file.bytes.append(UInt8(ascii: "\n"))
    try file.flush()
  }
}

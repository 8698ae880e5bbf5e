import Foundation
import Kernels
import Testing

@Suite struct FileSystemTests {
  @Test func aFileInThePlaceOfADirectoryIsNoDirectory() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "kernels-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileSystem.createDirectories(folder + "/a/b")
    try FileSystem.createDirectories(folder + "/a/b")
    #expect(try FileSystem.status(folder + "/a/b")?.isDirectory == true)
    try Data().write(to: URL(fileURLWithPath: folder + "/file"))
    try FileManager.default.createSymbolicLink(atPath: folder + "/dangling", withDestinationPath: "nowhere")
    try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "a")
    for path in ["file", "file/below", "dangling"] {
      let error = #expect(throws: FileError.self) { try FileSystem.createDirectories(folder + "/" + path) }
      #expect(error?.exitCode == .cannotCreate, "\(path)")
    }
    try FileSystem.createDirectories(folder + "/link/c")
    #expect(FileSystem.exists(folder + "/a/c"))
  }
}

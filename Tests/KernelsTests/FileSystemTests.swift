import Foundation
import Kernels
import Synchronization
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

  /// A refusal closes its descriptor once: after that, the number is another thread's.
  @Test func aRefusedLockTouchesNoFileOfAnotherThread() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "kernels-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileSystem.createDirectories(folder)
    let lock = try FileLock(folder + "/lock")
    let rounds = 5000
    let failures = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 3) { thread in
      for round in 0..<rounds {
        do {
          if thread == 0 {
            #expect(throws: FileLock.Held.self) { try FileLock(folder + "/lock") }
          } else {
            let path = "\(folder)/file-\(thread)"
            let file = try FileAppender(creating: path)
            for _ in 0..<4 { try file.write([UInt8](repeating: 7, count: 10)) }
            let length = try PositionalFile(path).length
            if length != 40 { failures.withLock { $0.append("round \(round): \(length) bytes of 40") } }
          }
        } catch {
          failures.withLock { $0.append("round \(round): \(error)") }
        }
      }
    }
    withExtendedLifetime(lock) {}
    #expect(failures.withLock { $0 } == [])
  }
}

import Foundation
import Testing

/// A tmpfs of its own, unmounted at the end.
struct SmallDisk {
  let path: String

  init?(_ path: String, kilobytes: Int) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard try Self.tool("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", path) else { return nil }
  }

  func resize(kilobytes: Int) throws {
    #expect(try Self.tool("mount", "-o", "remount,size=\(kilobytes)k", path))
  }

  func unmount() throws { #expect(try Self.tool("umount", path)) }

  private static func tool(_ words: String...) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

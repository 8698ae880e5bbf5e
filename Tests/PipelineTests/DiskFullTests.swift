import Foundation
import Testing

/// A disk that is full at every moment of a job: a small tmpfs, larger by a little each time. Skipped where nothing may
/// be mounted.
@Suite(.serialized) struct DiskFullTests {
  @Test func aFullDiskIsToldInOneLineAndLosesNothing() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let expected = try program.index()
    let path = program.folder + "/disk"
    guard let disk = try SmallDisk(path, kilobytes: 48) else {
      print("skipped: nothing may be mounted here")
      return
    }
    defer { try? disk.unmount() }
    // Without a look at the disk before it starts: it is to be full in the middle.
    let arguments = ["run", program.job, "--output", path + "/out", "--no-forecast"]
    var full = 0
    var pieces = 0
    var kilobytes = 48
    while kilobytes < 1 << 16 {
      let run = try program.run(arguments)
      if run.status == 0 { break }
      full += 1
      #expect(run.status == 75, "\(kilobytes) kB: \(run.errors)")
      let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("pipeline: ") }
      #expect(lines.count == 1 && lines[0].contains(path) && lines[0].contains("free some space"), "\(run.errors)")
      // Only the checkpoint's last note can fail after publishing: what is published then is whole.
      if FileManager.default.fileExists(atPath: path + "/out/current") {
        #expect(run.errors.contains("checkpoint"), "\(run.errors)")
        #expect(try program.index("disk/out") == expected)
      }
      // What was finished is still there, and every run adds to it.
      let kept = (try? FileManager.default.subpathsOfDirectory(atPath: path + "/out/work/chunks").count) ?? 0
      #expect(kept >= pieces)
      pieces = kept
      kilobytes += 40
      try disk.resize(kilobytes: kilobytes)
    }
    print("the disk was full \(full) times; \(kilobytes) kB were enough")
    #expect(full >= 4)
    #expect(try program.index("disk/out") == expected)
    #expect(try program.run(["verify", path + "/out"]).status == 0)
  }
}

import Foundation
import Testing

/// The wall clock is wrong, or jumps forwards and backwards while a job runs: nothing that is kept depends on it.
@Suite(.serialized) struct ClockTests {
  @Test func aClockThatJumpsChangesNoByteAndStopsNoRun() throws {
    let job = try FaultyJob()
    defer { job.remove() }
    let (day, century) = (86_400, 100 * 31_556_952)
    // Seconds, and after how many readings they come and go; 0: the clock is wrong all the time.
    let jumps = [
      (century, 0), (-century / 2, 0), (day, 1), (-day, 1), (3600, 2), (-3600, 3), (century, 5), (-century / 2, 7),
    ]
    for (seconds, every) in jumps {
      let what = "\(seconds) s, every \(every)"
      try job.restore()
      var faults = ["CLOCK": "\(seconds)"]
      if every > 0 { faults["CLOCK_EVERY"] = "\(every)" }
      let metrics = job.program.folder + "/run.prom"
      let result = try job.run(faults, ["--metrics", metrics, "--log-format", "json"])
      #expect(result.status == 0, "\(what): \(result.errors)")
      #expect(try job.program.index() == job.after, "\(what)")
      #expect(FileManager.default.fileExists(atPath: metrics))
      let status = try job.program.run(
        ["status", job.program.job], environment: ["LD_PRELOAD": FaultyJob.library, "FAULT_CLOCK": "\(-seconds)"])
      #expect(status.status == 0, "\(what): \(status.errors)")
    }
  }

  /// A run that dies in one year goes on in another, earlier one.
  @Test func aRunGoesOnAfterTheClockWasPutBack() throws {
    let job = try FaultyJob()
    defer { job.remove() }
    let day = 86_400
    for (k, seconds) in [(4, day), (12, 3650 * day), (20, -3650 * day), (28, -day)] {
      try job.restore()
      let killed = try job.run(["CALL": "write", "AT": "\(k)", "ERROR": "kill", "CLOCK": "\(seconds)"])
      #expect(killed.status == -SIGKILL)
      try job.check(job.run(["CLOCK": "\(-seconds)"]), "killed at write \(k), \(seconds) s")
    }
  }
}

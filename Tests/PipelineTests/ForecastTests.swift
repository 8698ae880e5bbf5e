import Foundation
import Kernels
import Testing

/// What `plan` says a run will take. That it is near to the truth is measured by scripts/measure_forecast.py, on quiet
/// machines and real collections; here are the promises that hold on busy ones.
@Suite struct ForecastTests {
  private struct Plan: Decodable {
    struct Forecast: Decodable {
      let seconds: Double
      let indexBytes: Int
      let workBytes: Int
      let memoryBytes: Int
      let sampleBytes: Int
    }

    let bytes: Int
    let upToDate: Bool
    let forecast: Forecast?
    let freeBytes: Int?
  }

  private func plan(_ program: PipelineProgram, _ more: [String] = []) throws -> Plan {
    let result = try program.run(["plan", program.job, "--json"] + more)
    #expect(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(Plan.self, from: Data(result.output.utf8))
  }

  @Test func aPlanForecastsWhatIsToDoAndLeavesNothing() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let forecast = try #require(try plan(program).forecast)
    #expect(forecast.seconds > 0 && forecast.memoryBytes > 16 << 20 && forecast.sampleBytes > 0)
    #expect(forecast.indexBytes > 0 && forecast.workBytes > 0)
    let left = try FileManager.default.contentsOfDirectory(atPath: program.folder)
    #expect(Set(left) == ["collection.tsv", "pipeline.yaml", "job.yaml"])
    let text = try program.run(["plan", program.job]).output
    #expect(text.contains("forecast: ") && text.contains(" free)") && text.contains(" of memory"))
    // Done: there is nothing to forecast, nor where none is wanted.
    #expect(try program.run(["run", program.job]).status == 0)
    let done = try plan(program)
    #expect(done.upToDate && done.forecast == nil)
    #expect(try plan(program, ["--fresh", "--no-forecast"]).forecast == nil)
  }

  @Test func aDiskThatCannotHoldTheRunRefusesItAtOnce() throws {
    let program = try PipelineProgram(copies: 12)
    defer { program.remove() }
    let path = program.folder + "/disk"
    guard let disk = try SmallDisk(path, kilobytes: 1400) else {
      print("skipped: nothing may be mounted here")
      return
    }
    defer { try? disk.unmount() }
    for command in ["plan", "run"] {
      let result = try program.run([command, program.job, "--output", path + "/out"])
      #expect(result.status == 75, "\(command): \(result.errors)")
      let line = try #require(result.errors.split(separator: "\n").last { $0.hasPrefix("pipeline: ") })
      #expect(line.contains(path) && line.contains("are free: free some space"), "\(line)")
      let left = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
      #expect(left.allSatisfy { !$0.contains("forecast") && !$0.contains("chunks/") }, "\(left)")
    }
    // A disk that has not even room for a sample.
    let ballast = path + "/ballast"
    _ = try program.shell("head -c 2000000 /dev/zero > \(ballast); truncate -s -40000 \(ballast)")
    for command in ["plan", "run"] {
      let result = try program.run([command, program.job, "--output", path + "/out"])
      #expect(result.status == 75 && result.errors.contains("cannot"), "\(command): \(result.errors)")
      #expect(!FileSystem.exists(path + "/out/generations"), "\(command)")
    }
    try FileSystem.removeFile(ballast)
    try disk.resize(kilobytes: 64 << 10)
    #expect(try program.run(["run", program.job, "--output", path + "/out"]).status == 0)
  }
}

internal import Dataflow
package import Kernels

/// Whether the disk can hold what a run will write.
package struct Preflight {
  /// It cannot.
  package struct NoRoom: ExitCoded, CustomStringConvertible {
    let path: String
    let needed: Int
    let free: Int
    package var exitCode: ExitCode { .tryAgain }
    package var description: String {
      "\(path): the run needs about \(Figures.bytes(needed)), and \(Figures.bytes(free)) are free: free some space, or "
        + "choose another `output` or `work`"
    }
  }

  /// The disk is too full for the smallest part of the run.
  package struct NoRoomForSample: ExitCoded, CustomStringConvertible {
    let textBytes: Int
    let cause: any ExitCoded
    package var exitCode: ExitCode { .tryAgain }
    package var description: String {
      "a sample of \(Figures.bytes(textBytes)) of the collection cannot be built, so the run cannot either: \(cause)"
    }
  }

  private let output: String
  private let work: String

  package init(_ job: Job) {
    output = Self.existing(job.output)
    work = Self.existing(job.work)
  }

  /// Free bytes where the index goes.
  package var freeBytes: Int? { FileSystem.freeBytes(output) }

  /// Whether so little is free, compared with the text that is read, that a forecast is worth its time: an index with
  /// everything in it and its chunks take a fraction of this.
  package func isTight(textBytes: Int) -> Bool {
    let enough = 64 * textBytes + 32 << 20
    return [output, work].contains { (FileSystem.freeBytes($0) ?? .max) < enough }
  }

  /// Throws `NoRoom`, `NoRoomForSample`.
  package func check(_ forecast: Forecast) throws {
    let isOneDisk = Self.device(output) == Self.device(work)
    let needs =
      isOneDisk
      ? [(output, forecast.indexBytes + forecast.workBytes)]
      : [(output, forecast.indexBytes), (work, forecast.workBytes)]
    for (path, needed) in needs {
      if let free = FileSystem.freeBytes(path), free < needed {
        throw NoRoom(path: path, needed: needed, free: free)
      }
    }
    if let noRoom = forecast.noRoom { throw noRoom }
  }

  private static func device(_ path: String) -> UInt64? {
    ((try? FileSystem.status(path)) ?? nil).map { UInt64($0.device) }
  }

  /// The folder, or the nearest one above it that is there.
  static func existing(_ path: String) -> String {
    var path = path
    while !FileSystem.exists(path), path != "/", path != "." { path = FileSystem.directory(of: path) }
    return path
  }
}

internal import Dataflow
internal import Foundation
internal import Kernels

/// What may stand after `TZ=`: names of the time zone database, which systemd and every other program reads alike.
///
/// Foundation also takes `PST` and `GMT+2`, which systemd does not; and POSIX's `Etc/GMT+2` is west of Greenwich, where
/// Foundation's `GMT+2` is east of it.
enum ZoneName {
  static let folder = "/usr/share/zoneinfo"

  static func isKnown(_ name: String) -> Bool {
    TimeZone.knownTimeZoneIdentifiers.contains(name) || isFile(name) && TimeZone(identifier: name) != nil
  }

  /// Whether a file of exactly this name holds a zone, as systemd asks: other files lie beside those of zones.
  private static func isFile(_ name: String) -> Bool {
    let letters = name.utf8.allSatisfy {
      (65...90).contains($0) || (97...122).contains($0) || (48...57).contains($0) || "-+_/".utf8.contains($0)
    }
    guard letters, !name.hasPrefix("/"), !name.hasSuffix("/"), !name.contains("//"), !name.isEmpty else { return false }
    let path = "\(folder)/\(name)"
    // Opening what is no file may wait for ever.
    guard (try? FileSystem.status(path))?.isRegular == true else { return false }
    return (try? PositionalFile(path).read(at: 0, count: 4)) == Array("TZif".utf8)
  }

  static func hint(for name: String) -> String {
    let isOffset = name.contains { "+-".contains($0) } && name.contains { $0.isNumber }
    if isOffset {
      return "an offset has no summer time, and its sign is read both ways: name a place, such as Europe/Berlin"
    }
    let isAbbreviation = (1...5).contains(name.count) && name.allSatisfy { $0.isUppercase }
    if isAbbreviation { return "an abbreviation stands for several zones: name a place, such as Europe/Berlin, or UTC" }
    return Suggestion.hint(for: name, among: TimeZone.knownTimeZoneIdentifiers) ?? "such as Europe/Berlin or UTC"
  }
}

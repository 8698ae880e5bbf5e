import Codecs
import Kernels
import Shards
import Testing

/// What was published, refused and rolled back, and what is kept for it.
@Suite struct PublicationsTests {
  private func withIndex(_ body: (IndexFolder) throws -> Void) throws {
    try Fixture.withFolder { try body(IndexFolder($0 + "/index")) }
  }

  /// Builds a generation and publishes it, or notes that it was refused.
  private func night(_ index: IndexFolder, _ name: String, isGood: Bool = true) throws {
    let generation = try index.find(Fixture.fingerprint(name)) ?? Fixture.build(index, name)
    if isGood { try index.publish(generation) } else { try index.refuse(generation) }
  }

  /// What was never published does not count, but for the newest.
  @Test func pruneKeepsWhatWasPublishedLast() throws {
    for (keep, published, left) in [
      (1, [1, 2, 3, 4, 5], [4, 5]), (3, [1, 2, 3, 4, 5], [3, 4, 5]), (0, [1, 2, 3, 4, 5], [4, 5]),
      (1, [1, 2], [1, 2, 5]), (2, [1], [1, 5]), (99, [1, 2, 3], [1, 2, 3, 5]), (1, [1, 3, 5], [3, 5]), (2, [], [5]),
    ] {
      try withIndex { index in
        for (number, name) in ["a", "b", "c", "d", "e"].enumerated() {
          try night(index, name, isGood: published.contains(number + 1))
        }
        let removed = try index.prune(keep: keep)
        #expect(try index.generations().map(\.number) == left)
        #expect((removed.map(\.number) + left).sorted() == [1, 2, 3, 4, 5])
        #expect(try index.strays() == [])
        #expect(try index.current()?.number == published.last)
        #expect(try index.prune(keep: keep) == [])
        #expect(try IndexVerifier.verify(index.path).problems == [])
      }
    }
  }

  @Test func aRollbackGoesBackInTime() throws {
    try withIndex { index in
      // The third night is as the first was, and finds its generation again.
      for name in ["a", "b", "a"] { try night(index, name) }
      #expect(try index.rollback().generation.number == 2)
      #expect(throws: IndexError.nothingBefore(path: index.path, generation: 2)) { try index.rollback() }
    }
    try withIndex { index in
      for name in ["a", "b", "a", "c"] { try night(index, name) }
      #expect(try index.prune(keep: 1).map(\.number) == [2])
      #expect(try index.rollback().generation.number == 1)
      #expect(try index.latest()?.number == 3)
    }
  }

  @Test func aRollbackPassesByWhatWasNeverPublishedAndIsRemembered() throws {
    try withIndex { index in
      try night(index, "a")
      try night(index, "b", isGood: false)
      #expect(try index.latest()?.number == 2)
      try night(index, "c")
      #expect(try index.rollback().generation.number == 1)
      #expect(try index.isWithdrawn(Fixture.fingerprint("c")))
      #expect(try !index.isWithdrawn(Fixture.fingerprint("a")))
      #expect(throws: IndexError.nothingBefore(path: index.path, generation: 1)) { try index.rollback() }
      // Nor is a rollback led to what it left.
      try night(index, "d")
      #expect(try index.rollback().generation.number == 1)
      try index.publish(try index.generation(3), byHand: true)
      #expect(try !index.isWithdrawn(Fixture.fingerprint("c")) && index.isApproved(Fixture.fingerprint("c")))
      #expect(try index.isWithdrawn(Fixture.fingerprint("d")))
      #expect(try index.rollback().generation.number == 1)
      // What is withdrawn is so when its generation is gone.
      try night(index, "e")
      try night(index, "f")
      #expect(try index.prune(keep: 1).map(\.number) == [1, 2, 3, 4])
      #expect(try index.isWithdrawn(Fixture.fingerprint("c")) && index.isWithdrawn(Fixture.fingerprint("d")))
      #expect(try index.strays() == [])
      #expect(try IndexVerifier.verify(index.path).problems == [])
    }
  }

  /// A damaged generation that was built again under another number is not where a rollback goes.
  @Test func aRollbackIsNotToDamage() throws {
    try withIndex { index in
      for name in ["a", "b", "c"] { try night(index, name) }
      try Fixture.overwrite("\(try index.generation(2).path)/shard-0001/terms", [1])
      let done = try index.rollback()
      #expect(done.generation.number == 1 && done.damaged.map(\.number) == [2])
    }
    try withIndex { index in
      try night(index, "a")
      try Fixture.overwrite("\(try index.generation(1).path)/shard-0001/terms", [1])
      try night(index, "a")
      #expect(try index.current()?.number == 2)
      #expect(throws: IndexError.nothingBefore(path: index.path, generation: 2)) { try index.rollback() }
    }
  }

  /// A version that kept no record, or a copy that lost its links: all up to the current one were published.
  @Test func anIndexWithoutARecordGoesOn() throws {
    for (hasCurrent, hasFolder) in [(true, false), (true, true), (false, true)] {
      try withIndex { index in
        for name in ["a", "b", "c"] { try night(index, name) }
        try FileSystem.removeTree(index.path + "/history")
        if hasFolder { try FileSystem.createDirectories(index.path + "/history/000001.published.000001.x") }
        if !hasCurrent { try FileSystem.removeFile(index.linkPath) }
        try FileSystem.createDirectories(index.path + "/history.tmp-record/x")
        #expect(try index.strays().count == (hasFolder ? 2 : 1))
        #expect(try index.prune(keep: 3) == [])
        try night(index, "d")
        #expect(try index.strays() == [])
        #expect(try index.prune(keep: 3).map(\.number) == [1])
        guard hasCurrent else {
          // Kept, but nobody knows whether they were ever published.
          #expect(throws: IndexError.nothingBefore(path: index.path, generation: 4)) { try index.rollback() }
          return
        }
        #expect(try index.rollback().generation.number == 3)
        #expect(try index.rollback().generation.number == 2)
      }
    }
  }

  /// A copy that followed links has folders in their place.
  @Test func publishByHandMakesLinksOfWhatACopyLeft() throws {
    try withIndex { index in
      for name in ["a", "b"] { try night(index, name) }
      for path in [index.linkPath]
        + (try FileSystem.list(index.path + "/history").map { index.path + "/history/" + $0 })
      {
        try FileSystem.removeFile(path)
        try FileSystem.createDirectories(path + "/shard-0000")
      }
      #expect(throws: FormatError.self) { try index.current() }
      for _ in 0..<2 {
        try FileSystem.removeTree(index.linkPath)
        try FileSystem.createDirectories(index.linkPath + "/shard-0000")
        let latest = try #require(try index.latest())
        try index.publish(latest, byHand: true)
        #expect(try index.current()?.number == 2)
      }
      try index.removeStrays()
      #expect(try index.strays() == [])
      #expect(try IndexVerifier.verify(index.path).problems == [])
    }
  }

  /// A number that the record or a link still speaks of is not given again: what is built next would be published by it.
  @Test func numbersAreGivenOnce() throws {
    try withIndex { index in
      for name in ["a", "b"] { try night(index, name) }
      try FileSystem.removeTree(index.generation(2).path)
      #expect(throws: FormatError.self) { try index.current() }
      #expect(try index.standing() == nil)
      let third = try Fixture.build(index, "c")
      #expect(third.number == 3)
      try index.refuse(third)
      #expect(try index.prune(keep: 1) == [])
      #expect(try IndexVerifier.verify(index.path).problems.map(\.path) == [index.linkPath])
      try index.publish(third)
      #expect(try IndexVerifier.verify(index.path).problems == [])
    }
    try withIndex { index in
      for name in ["a", "b"] { try night(index, name) }
      try index.rollback()
      try FileSystem.removeTree(index.generation(2).path)
      try night(index, "c")
      #expect(try index.current()?.number == 3)
      #expect(try IndexVerifier.verify(index.path).problems == [])
    }
  }

  @Test func whatPublishPublishes() throws {
    // The last word, which may be of an older generation.
    try withIndex { index in
      try night(index, "a")
      try night(index, "b", isGood: false)
      try index.confirm(try index.generation(1))
      #expect(try index.latest()?.number == 1)
    }
    // What a run that was killed has built.
    try withIndex { index in
      try night(index, "a")
      try Fixture.build(index, "b")
      #expect(try index.latest()?.number == 2)
    }
    // Where the link is lost, what it led to, and nothing that was refused.
    try withIndex { index in
      try night(index, "a")
      try night(index, "b", isGood: false)
      try FileSystem.removeFile(index.linkPath)
      #expect(try index.latest()?.number == 1)
    }
  }

  /// Killed before anything was said of it: it is kept, and nothing more.
  @Test func whatNobodyJudgedIsNotPublished() throws {
    try withIndex { index in
      try Fixture.build(index, "a")
      try night(index, "b", isGood: false)
      #expect(try index.prune(keep: 2) == [])
      #expect(try IndexVerifier.verify(index.path).problems == [])
      #expect(try index.latest()?.number == 2)
      try night(index, "c")
      #expect(throws: IndexError.nothingBefore(path: index.path, generation: 3)) { try index.rollback() }
    }
  }

  @Test func aWithdrawalThatWasLiftedDoesNotComeBack() throws {
    try withIndex { index in
      for name in ["a", "b"] { try night(index, name) }
      try index.rollback()
      try night(index, "c")
      try index.publish(Fixture.build(index, "b"), byHand: true)
      for name in ["d", "e", "f"] {
        try night(index, name)
        try index.prune(keep: 1)
      }
      #expect(try !index.isWithdrawn(Fixture.fingerprint("b")))
    }
  }

  @Test func theRecordOfQuietNightsDoesNotGrow() throws {
    try withIndex { index in
      for name in ["a", "b"] { try night(index, name) }
      for _ in 0..<5 {
        try index.refuse(try index.generation(2))
        try index.refuse(try index.generation(2))
      }
      try index.confirm(try index.generation(2))
      try index.confirm(try index.generation(2))
      #expect(try FileSystem.list(index.path + "/history").count == 4)
    }
  }

  @Test func aRollbackFromWhatIsGone() throws {
    try withIndex { index in
      for name in ["a", "b"] { try night(index, name) }
      try FileSystem.removeTree(index.generation(2).path)
      #expect(try index.rollback().generation.number == 1)
      #expect(try index.isWithdrawn(Fixture.fingerprint("b")))
    }
  }

  /// A crash between the record and the switch: what never was current is not gone back to.
  @Test func aRollbackNeverGoesForward() throws {
    try withIndex { index in
      for name in ["a", "b"] { try night(index, name) }
      try FileSystem.switchLink(index.linkPath, to: "generations/000001")
      #expect(throws: IndexError.nothingBefore(path: index.path, generation: 1)) { try index.rollback() }
      try index.confirm(try index.generation(1))
      #expect(throws: IndexError.nothingBefore(path: index.path, generation: 1)) { try index.rollback() }
    }
  }

  @Test func aRollbackFromDamageLasts() throws {
    try withIndex { index in
      for name in ["a", "b"] { try night(index, name) }
      try Fixture.overwrite("\(try index.generation(2).path)/manifest.json", [1])
      #expect(try index.standingFingerprint() == Fixture.fingerprint("b").description)
      #expect(try index.rollback().generation.number == 1)
      #expect(try index.isWithdrawn(Fixture.fingerprint("b")))
    }
  }

  @Test func verifyFindsWhatTheRecordTells() throws {
    try withIndex { index in
      for name in ["a", "b", "c"] { try night(index, name) }
      let paths = try [1, 2, 3].map { try index.generation($0).path }
      try FileSystem.rename(paths[0], to: index.path + "/x")
      try FileSystem.rename(paths[1], to: paths[0])
      try FileSystem.rename(index.path + "/x", to: paths[1])
      let problems = try IndexVerifier.verify(index.path).problems
      #expect(Set(problems.map(\.path)) == Set(paths[0...1]), "\(problems)")
      #expect(throws: IndexError.self) { try index.rollback() }
    }
    try withIndex { index in
      try night(index, "a")
      try FileSystem.removeFile(index.linkPath)
      #expect(try IndexVerifier.verify(index.path).problems.map(\.path) == [index.linkPath])
    }
  }
}

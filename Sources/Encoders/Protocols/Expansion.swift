/// An expanded passage.
package struct Expansion: Sendable, Hashable {
  /// What is left of the passage itself: the tokens that the expander read, between [CLS] and the end; TILDE keeps the
  /// [SEP] there.
  package var passage: [Int32]
  /// The terms added, best first.
  package var terms: [Int32]
  /// (terms): the expander's score of each, for people.
  package var scores: [Float]

  package init(passage: [Int32], terms: [Int32], scores: [Float]) {
    precondition(terms.count == scores.count)
    self.passage = passage
    self.terms = terms
    self.scores = scores
  }
}

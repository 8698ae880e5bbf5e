internal import Codecs

/// A tokenizer's files as JSON, with strings as bytes.
typealias JSONValue = JSONDocument

/// Words of a crontab's command, which cron reads before the shell does: crontab(5).
enum CronWord {
  /// In single quotes. Two backslashes that follow each other are one for some crons and two for others, and `\%` is
  /// `%` for all: so quotes that hold nothing follow every backslash.
  static func quoted(_ text: String) -> String { "'\(text.escaping(["'": "'\\''", "\\": "\\''"]))'" }

  static func argument(_ text: String) -> String { text.isPlainWord(with: "/._-+=:@,") ? text : quoted(text) }

  /// A bare `%` ends the command, and what follows is its standard input.
  static func percentsEscaped(_ command: String) -> String { command.escaping(["%": "\\%"]) }
}

// Package render writes decoded, annotated and counted packets: lines, tables, hex dumps, JSON and
// CSV. It does not parse headers. It escapes all text from a capture before it writes it.
package render

// Package render writes what was decoded, annotated and counted: lines, tables, hex dumps, JSON and
// CSV. It knows no offset of any header; whatever comes from a capture is escaped before it is
// written.
package render

// Package testkit runs tests of live capture where they can neither see nor disturb anything: in
// network namespaces without a name, on Linux.
package testkit

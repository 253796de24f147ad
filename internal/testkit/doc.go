// Package testkit isolates tests of live capture: it runs them in unnamed network namespaces on
// Linux.
package testkit

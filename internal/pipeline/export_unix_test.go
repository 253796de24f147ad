//go:build unix

package pipeline

// StopOnce is stopOnce for tests.
var StopOnce = stopOnce

//go:build amd64 || arm64

package flow

// prefetch has the processor fetch n places of memory, which it does not wait for. It changes nothing, wherever the places are.
//
//go:noescape
func prefetch(list *uintptr, n int)

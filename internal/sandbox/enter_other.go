//go:build !linux

package sandbox

// Enter does nothing on this system. It returns an error in mode Require.
func Enter(p Policy) (Report, error) {
	var r Report
	if p.Mode == Require {
		r.Missing = []string{"everything: it needs Linux"}
	}
	return r, r.fail(p.Mode)
}

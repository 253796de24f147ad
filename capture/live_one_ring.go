//go:build darwin || freebsd || windows

package capture

// oneRing is an error where several rings are asked for, which only Linux has.
func (opt *LiveOptions) oneRing(name string) error {
	if opt.Rings > 1 {
		return &LiveError{name, "share the frames out between rings", ErrUnsupported,
			"only Linux can do that"}
	}
	return nil
}

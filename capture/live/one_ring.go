//go:build darwin || freebsd || windows

package live

// oneRing is an error where several rings are asked for, which only Linux has.
func (opt *Options) oneRing(name string) error {
	if opt.Rings > 1 {
		return &Error{name, "share the frames out between rings", ErrUnsupported,
			"only Linux can do that"}
	}
	return nil
}

package render

// HexStyle says how payload bytes are dumped, by tcpdump's letters.
type HexStyle struct {
	Hex   bool // -x: hexadecimal
	ASCII bool // -A alone, or beside the hexadecimal with -X
	Link  bool // doubled (-xx, -XX): with the link header
}

// AppendHex appends a dump of data, sixteen bytes a line, offsets in hexadecimal.
func (s HexStyle) AppendHex(b, data []byte) []byte {
	if !s.Hex {
		return appendText(b, data)
	}
	for at := 0; at < len(data); at += 16 {
		row := data[at:min(at+16, len(data))]
		b = append(b, "\t0x"...)
		for shift := 12; shift >= 0; shift -= 4 {
			b = append(b, hexDigits[at>>shift&15])
		}
		b = append(b, ':', ' ')
		for i := 0; i < 16 && (s.ASCII || i < len(row)); i++ {
			if i%2 == 0 {
				b = append(b, ' ')
			}
			if i < len(row) {
				b = append(b, hexDigits[row[i]>>4], hexDigits[row[i]&15])
			} else {
				b = append(b, ' ', ' ')
			}
		}
		if s.ASCII {
			b = append(b, ' ', ' ')
			for _, c := range row {
				b = append(b, printable(c))
			}
		}
		b = append(b, '\n')
	}
	return b
}

func printable(c byte) byte {
	if c < ' ' || c > '~' {
		return '.'
	}
	return c
}

// appendText appends data as text with its line ends, every other control byte as a dot.
func appendText(b, data []byte) []byte {
	for _, c := range data {
		if c == '\n' || c == '\t' {
			b = append(b, c)
		} else if c != '\r' {
			b = append(b, printable(c))
		}
	}
	return append(b, '\n')
}

package pcapfile

const (
	kib = 1 << 10
	mib = 1 << 20
)

// Output of xz 5.4.1 -6 for a mebibyte of zeros, and of bzip2 1.0.8 -9 for nine mebibytes and for
// plainHeader().bytes(le).
const (
	xzMebibyte = `
/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj7///ANldAABv/f//o7f/Rz5IFXI5YVG4kijmo4YH+e7kHoLTL8U6PAFLsX7J
iopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtfDW1G6eXDdoi3llestk3haR1v+0uIEGxC
y4g/XACP0E6vJiiUcR89jyThcJ6nI1/sKMuF0ZWYin4qkfIndfcZwAaYTZj92K/VkA/EJVP49ZE2MQWlsO5vwXBNRwzR
kRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH2q38+1Iq9+SVJQAAAAAAHOo4pwAB8QGAgEAAb9Xu3D4wDYsCAAAA
AAFZWg==`
	bzip2Zeros  = `QlpoOTFBWSZTWbXShMYASEhAQMAAAAQACCAAMMwFKaYIgjYhEEeLuSKcKEha6UJjAA==`
	bzip2Header = `QlpoOTFBWSZTWdAPB1UAAAjAHnSAIAAQAAgABAAgACIeiAIMmIYiE1Nlmbz8XckU4UJDQDwdVA==`
)

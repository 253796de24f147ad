# brew install --HEAD ./packaging/homebrew/portsniff.rb
class Portsniff < Formula
  desc "Packet captures explained by their ports"
  homepage "https://github.com/portsniff/portsniff"
  license "Apache-2.0"
  head "https://github.com/portsniff/portsniff.git", branch: "main"

  depends_on "go" => :build

  def install
    ENV["CGO_ENABLED"] = "0"
    system "go", "build", *std_go_args, "./cmd/portsniff"
    man1.mkpath
    system bin/"portsniff", "man", man1
    generate_completions_from_executable(bin/"portsniff", "completion")
  end

  test do
    assert_match "80/tcp", shell_output("#{bin}/portsniff -q --demo http")
  end
end

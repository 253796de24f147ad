# nix-build -E 'with import <nixpkgs> {}; callPackage ./packaging/nix {}'
{ lib, buildGoModule, installShellFiles }:

buildGoModule {
  pname = "portsniff";
  version = "unstable";
  src = lib.cleanSource ../..;
  # .ci/packaging.sh says which it has to be after a change of go.mod
  vendorHash = "sha256-RIgjSDByQ99jjOkRwgSIK52T9uFsIdNrmlcPwAUqdQU=";
  subPackages = [ "cmd/portsniff" ];
  env.CGO_ENABLED = 0;
  doCheck = false; # the tests compare with other programs, in the project's own check
  nativeBuildInputs = [ installShellFiles ];

  postInstall = ''
    $out/bin/portsniff man man
    installManPage man/*.1
    for shell in bash zsh fish; do
      $out/bin/portsniff completion $shell >portsniff.$shell
      installShellCompletion portsniff.$shell
    done
  '';

  meta = {
    description = "Packet captures explained by their ports";
    homepage = "https://github.com/portsniff/portsniff";
    license = lib.licenses.asl20;
    mainProgram = "portsniff";
  };
}

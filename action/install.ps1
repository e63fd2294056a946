# Gets the backstory program for the action on Windows, as install.sh does elsewhere: the one that the workflow names
# (`bin-path`), else the released one, else one built from the action's own source. Writes its path to the step output
# `program`. A downloaded archive is run only when its sha256 stands in checksums.txt beside this script, or, for a
# version that is not listed there, when GitHub attests that the action's repository built it. See docs/action.md.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$action = Split-Path -Parent $PSScriptRoot
$checksums = Join-Path $PSScriptRoot 'checksums.txt'
$temporary = if ($env:RUNNER_TEMP) { $env:RUNNER_TEMP } else { [IO.Path]::GetTempPath() }

# Build scripts and downloaded programs have no business with the token.
$token = $env:GH_TOKEN
Remove-Item Env:GH_TOKEN -ErrorAction SilentlyContinue

# A line of text in the run's list of remarks, whatever is in it. Written to the host: what a function outputs is its
# result.
function Write-Remark([string] $kind, [string] $text) {
    $text = $text.Replace('%', '%25').Replace("`r", '%0D').Replace("`n", '%0A')
    Write-Host "::$kind title=backstory::$text"
}

function Stop-Here([string] $why) {
    Write-Remark error $why
    exit 1
}

# Says which program it is, and ends.
function Complete-With([string] $program) {
    $said = & $program --version
    if ($LASTEXITCODE -ne 0) { Stop-Here "$program does not run here" }
    Add-Content -Path $env:GITHUB_OUTPUT -Value "program=$program" -Encoding utf8
    Write-Host "${said}: $program"
    exit 0
}

# 0 when GitHub attests that the release workflow built the file from the tag of that version, 1 when it does not, 2 when
# nobody can tell. The repository alone proves too little: any workflow and any branch of it would do.
function Test-Attestation([string] $file, [string] $version) {
    if (-not $token -or -not $env:ACTION_REPOSITORY -or -not (Get-Command gh -ErrorAction SilentlyContinue)) { return 2 }
    $help = (& gh attestation verify --help 2> $null) -join ' '
    if (-not ($help -match '--signer-workflow' -and $help -match '--source-ref')) { return 2 }
    $env:GH_TOKEN = $token
    $workflow = "$env:ACTION_REPOSITORY/.github/workflows/release.yml"
    & gh attestation verify $file --repo $env:ACTION_REPOSITORY --signer-workflow $workflow --source-ref "refs/tags/v$version" *> $null
    $code = $LASTEXITCODE
    Remove-Item Env:GH_TOKEN
    if ($code -eq 0) { return 0 } else { return 1 }
}

# Runs the released program, or returns the reason why not.
function Use-Released([string] $version) {
    # Windows on ARM64 runs programs for x86_64.
    $cpu = if (@('AMD64', 'ARM64') -contains $env:PROCESSOR_ARCHITECTURE) { 'x86_64' } else { $null }
    if (-not $cpu) { return "no binary is released for Windows on $env:PROCESSOR_ARCHITECTURE" }
    $name = "backstory-$version-$cpu-pc-windows-msvc.zip"
    $line = Select-String -Path $checksums -Pattern "^([0-9a-f]{64}) [ *]$([regex]::Escape($name))$" | Select-Object -First 1
    $expected = if ($line) { $line.Matches[0].Groups[1].Value } else { $null }
    if (-not $expected -and $version -eq $own) { return "action/checksums.txt lists no $name" }
    $url = $env:BACKSTORY_RELEASES_URL
    if (-not $url) {
        if (-not $env:ACTION_REPOSITORY) { return 'the action is run from its own checkout, so it has no releases' }
        $server = if ($env:GITHUB_SERVER_URL) { $env:GITHUB_SERVER_URL } else { 'https://github.com' }
        $url = "$server/$env:ACTION_REPOSITORY/releases/download"
    }
    $folder = Join-Path $temporary "backstory-$version"
    New-Item -ItemType Directory -Force -Path $folder | Out-Null
    $archive = Join-Path $folder $name
    try {
        Invoke-WebRequest -Uri "$url/v$version/$name" -OutFile $archive -TimeoutSec 300 -MaximumRetryCount 3 -RetryIntervalSec 2
    } catch {
        return "$url/v$version/$name cannot be downloaded"
    }
    $actual = (Get-FileHash -Algorithm SHA256 -Path $archive).Hash.ToLowerInvariant()
    if ($expected -and $actual -ne $expected) {
        Remove-Item $archive
        Stop-Here "$name has the sha256 $actual, action/checksums.txt says ${expected}: it is not run"
    }
    $proof = Test-Attestation $archive $version
    if (-not $expected -and $proof -ne 0) {
        Remove-Item $archive
        Stop-Here "action/checksums.txt lists no $name and no attestation was found for it: it is not run. Leave out ``version``, or name your own program with ``bin-path``"
    }
    if ($proof -eq 1) {
        Remove-Item $archive
        return "GitHub does not attest that the release workflow of $env:ACTION_REPOSITORY built $name from the tag v$version"
    }
    Expand-Archive -Force -Path $archive -DestinationPath $folder
    Complete-With (Join-Path $folder 'backstory.exe')
}

function Build-Own([string] $why) {
    if (-not (Get-Command cargo -ErrorAction SilentlyContinue)) {
        Stop-Here "$why, and there is no cargo to build it from source: install Rust before this step, or name a program with ``bin-path``"
    }
    Write-Remark notice "${why}: building it from the action's source, which takes some minutes"
    # The folder decides which .cargo/config.toml counts: it must not be that of the pull request.
    Set-Location $action
    $env:CARGO_TARGET_DIR = Join-Path $temporary 'backstory-build'
    $root = Join-Path $temporary "backstory-$own"
    & cargo install --locked --path $action --root $root
    if ($LASTEXITCODE -ne 0) { Stop-Here 'the build of backstory from source failed: see the lines above' }
    Complete-With (Join-Path $root 'bin/backstory.exe')
}

if ($env:INPUT_BIN_PATH) {
    $workspace = if ($env:GITHUB_WORKSPACE) { $env:GITHUB_WORKSPACE } else { (Get-Location).Path }
    $program = [IO.Path]::Combine($workspace, $env:INPUT_BIN_PATH)
    if (-not (Test-Path -PathType Leaf $program)) { Stop-Here "bin-path names $program, which is no program" }
    Complete-With $program
}

$own = (Select-String -Path (Join-Path $action 'Cargo.toml') -Pattern '^version = "(.*)"$' | Select-Object -First 1).Matches[0].Groups[1].Value
$version = if ($env:INPUT_VERSION) { $env:INPUT_VERSION -replace '^v', '' } else { $own }
if ($version -notmatch '^[0-9][0-9A-Za-z.+-]*$') {
    Stop-Here "``version`` is to be the number of a release, such as $own, and is: $version"
}

$why = Use-Released $version
if ($version -ne $own) { Stop-Here "backstory $version cannot be used: $why" }
Build-Own $why

//! `rpip completion`.

use clap::Args;

use crate::args::{General, IgnoredArgs};
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

const BASH: &str = r#"
_rpip_completion()
{
    local IFS=$' \t\n'
    COMPREPLY=( $( COMP_WORDS="${COMP_WORDS[*]}" \
                   COMP_CWORD=$COMP_CWORD \
                   PIP_AUTO_COMPLETE=1 "$1" 2>/dev/null ) )
}
complete -o default -F _rpip_completion rpip
"#;

const ZSH: &str = r#"
#compdef rpip
__rpip() {
  compadd $( COMP_WORDS="$words[*]" \
             COMP_CWORD=$((CURRENT-1)) \
             PIP_AUTO_COMPLETE=1 $words[1] 2>/dev/null )
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  # Loaded from fpath as the function itself.
  __rpip "$@"
else
  # Sourced: the function is registered for later.
  compdef __rpip rpip
fi
"#;

const FISH: &str = r#"
function __fish_complete_rpip
    set -lx COMP_WORDS \
        (commandline --current-process --tokenize --cut-at-cursor) \
        (commandline --current-token --cut-at-cursor)
    set -lx COMP_CWORD (math (count $COMP_WORDS) - 1)
    set -lx PIP_AUTO_COMPLETE 1
    set -l completions ($COMP_WORDS[1])
    string split \  -- $completions
end
complete -fa "(__fish_complete_rpip)" -c rpip
"#;

const POWERSHELL: &str = r#"
if ((Test-Path Function:\TabExpansion) -and -not `
    (Test-Path Function:\_rpip_completeBackup)) {
    Rename-Item Function:\TabExpansion _rpip_completeBackup
}
function TabExpansion($line, $lastWord) {
    $lastBlock = [regex]::Split($line, '[|;]')[-1].TrimStart()
    if ($lastBlock.StartsWith("rpip ")) {
        $Env:COMP_WORDS=$lastBlock
        $Env:COMP_CWORD=$lastBlock.Split().Length - 1
        $Env:PIP_AUTO_COMPLETE=1
        (& rpip).Split()
        Remove-Item Env:COMP_WORDS
        Remove-Item Env:COMP_CWORD
        Remove-Item Env:PIP_AUTO_COMPLETE
    }
    elseif (Test-Path Function:\_rpip_completeBackup) {
        # What completed before goes on doing so.
        _rpip_completeBackup $line $lastWord
    }
}
"#;

/// A helper command to be used for command completion.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip completion [options]",
    after_help = "Examples:\n  eval \"$(rpip completion --bash)\"\n  rpip completion --fish > ~/.config/fish/completions/rpip.fish"
)]
pub(crate) struct CompletionArgs {
    /// Emit completion code for bash
    #[arg(long, short, overrides_with_all = ["zsh", "fish", "powershell"])]
    bash: bool,
    /// Emit completion code for zsh
    #[arg(long, short, overrides_with_all = ["bash", "fish", "powershell"])]
    zsh: bool,
    /// Emit completion code for fish
    #[arg(long, short, overrides_with_all = ["bash", "zsh", "powershell"])]
    fish: bool,
    /// Emit completion code for powershell
    #[arg(long, short, overrides_with_all = ["bash", "zsh", "fish"])]
    powershell: bool,
    #[command(flatten)]
    ignored: IgnoredArgs,
    #[command(flatten)]
    general: General,
}

impl Run for CompletionArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let shells = [
            (self.bash, "bash", BASH),
            (self.zsh, "zsh", ZSH),
            (self.fish, "fish", FISH),
            (self.powershell, "powershell", POWERSHELL),
        ];
        match shells.into_iter().find(|(is_asked, ..)| *is_asked) {
            Some((_, shell, script)) => terminal
                .output(&format!("\n# rpip {shell} completion start{script}# rpip {shell} completion end\n")),
            None => terminal.complain("ERROR: You must pass --bash or --fish or --powershell or --zsh"),
        }
        Ok(SUCCESS)
    }
}

# Activates this virtual environment in Nushell: `overlay use activate.nu`. `deactivate` undoes it.

export-env {
    let root = @ROOT@
    let name = @PROMPT@
    let path = ($env.PATH | split row (char esep) | prepend ($root | path join @SCRIPTS@))
    load-env { VIRTUAL_ENV: $root, VIRTUAL_ENV_PROMPT: $name, PATH: $path }
    # PYTHONHOME would lead the interpreter away from the environment.
    hide-env --ignore-errors PYTHONHOME
    if ($env.VIRTUAL_ENV_DISABLE_PROMPT? | is-empty) {
        let old_prompt = ($env.PROMPT_COMMAND? | default "")
        $env.PROMPT_COMMAND = {||
            let rest = if ($old_prompt | describe) == "closure" { do $old_prompt } else { $old_prompt }
            $"(char lparen)($name)(char rparen) ($rest)"
        }
    }
}

export alias deactivate = overlay hide activate

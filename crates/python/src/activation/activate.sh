# Activates this virtual environment in bash, zsh or another POSIX shell: source it.
# `deactivate` undoes it.

deactivate () {
    if [ -n "${_OLD_VIRTUAL_PATH:-}" ]; then
        export PATH="$_OLD_VIRTUAL_PATH"
        unset _OLD_VIRTUAL_PATH
    fi
    if [ -n "${_OLD_VIRTUAL_PYTHONHOME:-}" ]; then
        export PYTHONHOME="$_OLD_VIRTUAL_PYTHONHOME"
        unset _OLD_VIRTUAL_PYTHONHOME
    fi
    if [ -n "${_OLD_VIRTUAL_PS1+set}" ]; then
        PS1="$_OLD_VIRTUAL_PS1"
        unset _OLD_VIRTUAL_PS1
    fi
    unset VIRTUAL_ENV VIRTUAL_ENV_PROMPT
    # The shell remembers where it found programs.
    hash -r 2>/dev/null || true
    if [ "${1:-}" != nondestructive ]; then
        unset -f deactivate
    fi
}

# Leave the environment that is active now, if any.
deactivate nondestructive

VIRTUAL_ENV=@ROOT@
case "${OSTYPE:-}" in
    cygwin* | msys*) VIRTUAL_ENV=$(cygpath "$VIRTUAL_ENV") ;;
esac
VIRTUAL_ENV_PROMPT=@PROMPT@
export VIRTUAL_ENV VIRTUAL_ENV_PROMPT

_OLD_VIRTUAL_PATH="$PATH"
export PATH="$VIRTUAL_ENV/"@SCRIPTS@":$PATH"

# PYTHONHOME would lead the interpreter away from the environment.
if [ -n "${PYTHONHOME:-}" ]; then
    _OLD_VIRTUAL_PYTHONHOME="$PYTHONHOME"
    unset PYTHONHOME
fi

if [ -z "${VIRTUAL_ENV_DISABLE_PROMPT:-}" ]; then
    _OLD_VIRTUAL_PS1="${PS1:-}"
    PS1=@PROMPT_PREFIX@"${PS1:-}"
fi

hash -r 2>/dev/null || true

namespace SspNative.Cli.Terminal;

/// <summary>What the program returns to whoever started it. Codes from 2 on come with one line on standard error that says why.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>Done, and the answer is no: a case failed.</summary>
    public const int Failure = 1;

    /// <summary>The input cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>A defect of the program or of its installation.</summary>
    public const int Defect = 3;

    /// <summary>Ended by Ctrl-C or SIGTERM.</summary>
    public const int Interrupted = 130;
}

using System.CommandLine;
using System.Globalization;
using SspNative.Engine;
using SspNative.Kernels.Cpu;

namespace SspNative.Cli.Options;

/// <summary>The option <c>--threads</c>, which every verb has.</summary>
internal static class ThreadsOption
{
    private const string Name = "--threads";

    private static readonly Option<int?> _threads = Make();

    /// <summary>Adds it to the command, and so to all verbs.</summary>
    public static void AddTo(RootCommand root) => root.Add(_threads);

    /// <summary>Sets the number of threads for the process.</summary>
    /// <exception cref="InputException">None is given, and that of the environment is none.</exception>
    public static void Apply(ParseResult parsed)
    {
        try
        {
            CpuThreads.Count = parsed.GetValue(_threads) ?? CpuThreads.Count;
        }
        catch (ArgumentException e)
        {
            throw new InputException(e.Message);
        }
    }

    private static Option<int?> Make()
    {
        var option = new Option<int?>(Name)
        {
            Description = $"How many threads compute; so does {CpuThreads.Variable}=N. Default: one for each processor that the process may use.",
            HelpName = "N",
            Recursive = true,
        };
        option.Validators.Add(result =>
        {
            // What is no number at all, the parser refuses.
            foreach (string given in result.Tokens.Select(t => t.Value))
                if (int.TryParse(given, CultureInfo.InvariantCulture, out int count) && count is < 1 or > CpuThreads.Most)
                    result.AddError($"{Name} {given}: it must be 1 … {CpuThreads.Most}");
        });
        return option;
    }
}

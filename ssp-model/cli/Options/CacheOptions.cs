using System.CommandLine;
using System.Globalization;
using SspNative.Cli.Parsing;
using SspNative.Engine;
using SspNative.Model.Data.Caching;

namespace SspNative.Cli.Options;

/// <summary>The options of verbs that keep what they computed of clips: <c>--cache</c> and <c>--cache-limit</c>.</summary>
/// <param name="usual">What <c>--cache</c> is where it is not given, as the help says it.</param>
internal sealed class CacheOptions(string usual)
{
    private const string Off = "none";
    private const double BytesPerGigabyte = 1e9;

    public Option<string> Folder { get; } = new("--cache")
    {
        Description =
            "Where estimated flow and the outputs of frozen encoders are kept, so that each is computed once; several runs may share a folder. "
            + $"none keeps nothing. The results are the same. [default: {usual}]",
        HelpName = "DIR",
    };

    public Option<double> Limit { get; } = new("--cache-limit")
    {
        Description = "What the cache may take on disk. Beyond it, what was used longest ago is deleted.",
        HelpName = "GB",
        DefaultValueFactory = _ => 20,
    };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(Folder);
        command.Add(Limit);
    }

    /// <summary>The cache, or null where nothing is kept.</summary>
    /// <param name="usualFolder">The folder where none is given; null keeps nothing.</param>
    /// <exception cref="InputException">The limit is no size, or there is nothing that it limits.</exception>
    public ClipCache? Open(ParseResult parsed, string? usualFolder)
    {
        double limit = parsed.GetRequiredValue(Limit) * BytesPerGigabyte;
        if (!(limit >= 1 && limit <= long.MaxValue / 2))
            throw new InputException(string.Create(
                CultureInfo.InvariantCulture, $"--cache-limit {parsed.GetRequiredValue(Limit)} is no size of a cache in GB"));
        string? folder = parsed.GetValue(Folder) ?? usualFolder;
        parsed.RefuseUseless(Limit, folder is null or Off, "no cache is kept; --cache DIR keeps one");
        return folder is null or Off ? null : new ClipCache(folder, (long)limit);
    }
}

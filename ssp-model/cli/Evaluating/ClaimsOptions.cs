using System.CommandLine;
using Spectre.Console;
using SspNative.Cli.Parsing;
using SspNative.Engine;
using SspNative.Lab.Ablation.Claims;

namespace SspNative.Cli.Evaluating;

/// <summary>What <c>ssp ablate --study claims</c> has of its own: its options.</summary>
internal sealed class ClaimsOptions
{
    /// <summary>The study's name.</summary>
    public const string Study = "claims";

    private readonly Option<string> _size = new Option<string>("--size")
    {
        Description = "For --study claims: smoke (to try it), screening (three seeds, about four hours of two cores) "
            + "or full (eight seeds, for a GPU or several machines).",
        HelpName = "smoke|screening|full",
        DefaultValueFactory = _ => "screening",
    }.OneOf([.. ClaimSize.All.Select(s => s.Name)]);

    private readonly Option<string[]> _claims = new("--claims")
    {
        Description = "For --study claims: which of C1 to C6. Default: all.",
        HelpName = "C1",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<bool> _cost = new("--cost") { Description = "For --study claims: make the clips, tell what the study costs, and train nothing." };

    private readonly Option<string> _verdicts = new("--verdicts")
    {
        Description = "For --study claims: judge the scores of an earlier study's raw.csv, and run nothing.",
        HelpName = "raw.csv",
    };

    /// <summary>Adds the options to the verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_size, _claims, _cost, _verdicts])
            command.Add(option);
    }

    /// <summary>Whether the command line asks for this study.</summary>
    /// <exception cref="InputException">It asks for others besides, or has these options without it.</exception>
    public bool IsWanted(ParseResult parsed, string[] studies)
    {
        bool wanted = studies.Contains(Study);
        if (wanted && studies.Length > 1)
            throw new InputException($"--study {Study} has clips of its own and goes with no other study");
        foreach (Option option in (Option[])[_size, _claims, _cost, _verdicts])
            parsed.RefuseUseless(option, !wanted, $"it is of --study {Study}");
        return wanted;
    }

    /// <summary>The report on an earlier study's scores; null where none are given.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="others">Options of the verb that say what is trained.</param>
    /// <exception cref="InputException">The file cannot be used, or an option would change nothing.</exception>
    public ClaimsReport? Judged(ParseResult parsed, params IEnumerable<Option> others)
    {
        if (parsed.GetValue(_verdicts) is not { } path)
            return null;
        foreach (Option option in (Option[])[_size, _claims, _cost, .. others])
            parsed.RefuseUseless(option, true, $"{_verdicts.Name} trains nothing and judges all that its table has");
        return ClaimsReport.Judge(RawTable.Read(path), null);
    }

    /// <summary>The claims that are asked for; all unless some are named.</summary>
    /// <exception cref="InputException">There is no such claim.</exception>
    public Claim[] Claims(ParseResult parsed) => parsed.GetValue(_claims) is { Length: > 0 } ids
        ? [.. ids.Distinct().Order(StringComparer.Ordinal).Select(Claim.By)]
        : [.. ClaimCatalogue.All];

    /// <summary>How large the study is to be.</summary>
    public ClaimSize Size(ParseResult parsed) => ClaimSize.By(parsed.GetRequiredValue(_size));

    /// <summary>Whether only the cost is asked for.</summary>
    public bool AsksForCost(ParseResult parsed) => parsed.GetValue(_cost);
}

using SspNative.Engine;
using SspNative.Lab.Ablation;
using SspNative.Lab.Ablation.Claims;
using SspNative.Model.Config;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Ablation.Claims;

/// <summary>The rule of verdicts, on raw tables whose answer is known.</summary>
public class VerdictTests
{
    [Fact]
    public void AShiftOfAllPairsIsShown()
    {
        ClaimVerdict verdict = Judge(gain: 0.05, shuffled: 0, oracle: 0.1);
        Assert.Equal(Verdict.Shown, verdict.Verdict);
        Assert.Equal(0.05, verdict.Gains[0].Effect.Mean, 1e-9);
        // One of six claims.
        Assert.Equal(6 * verdict.Gains[0].Effect.P, verdict.AdjustedP, 1e-12);
    }

    [Theory]
    [InlineData(0, 0, 0, 3, "oracle gains less")]
    [InlineData(0.05, 0.05, 0.1, 3, "shuffled input gains too")]
    [InlineData(0.05, 0, 0.1, 2, "2 of at least 3 seeds")]
    [InlineData(-0.05, 0, 0.01, 3, "oracle gains less")]
    [InlineData(0.004, 0, 0, 3, "oracle gains less")]
    public void WhatProvesNothingIsUndecided(double gain, double shuffled, double oracle, int seeds, string reason)
    {
        ClaimVerdict verdict = Judge(gain, shuffled, oracle, seeds);
        Assert.Equal(Verdict.Undecided, verdict.Verdict);
        Assert.Contains(reason, verdict.Reason);
    }

    [Fact]
    public void WithoutAGainWhereTheOracleHasOneAClaimIsRefuted()
    {
        Assert.Equal(Verdict.Refuted, Judge(gain: 0, shuffled: 0, oracle: 0.03).Verdict);
        Assert.Equal(Verdict.Refuted, Judge(gain: -0.05, shuffled: 0, oracle: 0.03).Verdict);
    }

    [Fact]
    public void AnIntervalThatReachesTooFarDecidesNothing()
    {
        // The gain is of one seed alone.
        RawTable raw = Table("C1", (row, seed, _) => 0.5 + (row == "pre-mask" && seed == 1 ? 0.3 : row.EndsWith("oracle", StringComparison.Ordinal) ? 0.1 : 0));
        ClaimVerdict verdict = VerdictRule.Judge(raw).Single();
        Assert.Equal(Verdict.Undecided, verdict.Verdict);
        Assert.Contains("reaches too far", verdict.Reason);
    }

    [Fact]
    public void EveryGainOfAClaimIsNeeded()
    {
        Assert.Equal(Verdict.Refuted, Together(vta: 0.1).Verdict);
        Assert.Equal(Verdict.Shown, Together(vta: 0.05).Verdict);

        static ClaimVerdict Together(double vta) => VerdictRule.Judge(Table("C6", (row, _, _) => 0.5 + row switch
        {
            "pre-mask" => 0.05,
            "VTA" => vta,
            "pre-mask + VTA" => 0.1,
            "pre-mask + VTA, oracle" => 0.2,
            _ => 0,
        })).Single();
    }

    [Fact]
    public void TheRiseOfALineIsThatOfLeastSquares()
    {
        // On a line from 0.1 at a to 0.4 at d it is the whole way.
        RawTable raw = Table("C5", (row, _, _) => row switch
        {
            "VTA, prompts a" => 0.1,
            "VTA, prompts b" => 0.2,
            "VTA, prompts c" => 0.3,
            "VTA" => 0.4,
            _ => 0,
        });
        Assert.Equal(0.3, VerdictRule.Judge(raw).Single().Gains[0].Effect.Mean, 1e-9);
    }

    [Fact]
    public void VerdictsFollowFromTheRawTableAlone()
    {
        using var folder = new TemporaryFolder();
        RawTable raw = Table("C3", (row, seed, clip) => 0.4 + (row == "VTA" ? 0.03 : 0) + 0.001 * seed + 0.0017 * clip);
        File.WriteAllText(folder["raw.csv"], raw.ToCsv());
        RawTable read = RawTable.Read(folder["raw.csv"]);
        Assert.Equal(raw.Scores, read.Scores);
        Assert.Equal(ClaimsReport.Judge(raw, null).ToJson(), ClaimsReport.Judge(read, null).ToJson());
    }

    [Theory]
    [InlineData("claim,row,seed,clip\n", "miou")]
    [InlineData("claim,row,seed,clip,miou,found,leaked\n", "no scores")]
    [InlineData("claim,row,seed,clip,miou,found,leaked\nC9,AAVS,1,a,0.5,,\n", "no claim \"C9\"")]
    [InlineData("claim,row,seed,clip,miou,found,leaked\nC1,AAVS,1,a,0.5,,\n", "lacks the score of \"pre-mask\", seed 1, clip \"a\"")]
    [InlineData("claim,row,seed,clip,miou,found,leaked\nC1,AAVS,1,a,0.5,,\nC1,AAVS,1,a,0.5,,\n", "twice")]
    [InlineData("claim,row,seed,clip,miou,found,leaked\nC1,AAVS,one,a,0.5,,\n", "line 2: \"one\" is no seed")]
    [InlineData("claim,row,seed,clip,miou,found,leaked\nC1,AAVS,1,a,1.5,,\n", "line 2: \"1.5\" is no number from 0 to 1")]
    [InlineData("claim,row,seed,clip,miou,found,leaked\nC1,AAVS,1,a,,,\n", "line 2 has no miou")]
    public void ARawTableThatIsNoneIsRefused(string text, string problem)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["raw.csv"], text);
        Assert.Contains(problem, Assert.Throws<InputException>(() => ClaimsReport.Judge(RawTable.Read(folder["raw.csv"]), null)).Message);
    }

    [Fact]
    public void ClaimsAreWhole()
    {
        Assert.Equal(["C1", "C2", "C3", "C4", "C5", "C6"], ClaimCatalogue.All.Select(c => c.Id));
        var shared = new AblationSetting(TinyModel.Binary, TinyModel.Options with { PreMask = false }, null);
        foreach (Claim claim in ClaimCatalogue.All)
        {
            claim.World.Premise.Validate();
            string[] rows = [.. claim.Rows.Select(r => r.Name)];
            Assert.Equal(rows.Length, rows.Distinct().Count());
            foreach (Contrast contrast in (Contrast[])[.. claim.Gains, claim.Shuffled, claim.Oracle])
            {
                Assert.Equal(0, contrast.Terms.Sum(t => t.Weight), 1e-12);
                Assert.All(contrast.Terms, t => Assert.Contains(t.Row, rows));
            }
            Assert.All(claim.Rows, r => r.Change(shared).Config.Validate());
        }
        Assert.Contains("C1, C2", Assert.Throws<InputException>(() => Claim.By("C7")).Message);
    }

    [Fact]
    public void RowsAreWhatTheirNamesSay()
    {
        var shared = new AblationSetting(TinyModel.Binary, TinyModel.Options, null);
        Assert.Equal((false, null, TextFusion.None), Of("C1", "AAVS"));
        Assert.Equal((true, null, TextFusion.None), Of("C1", "pre-mask"));
        Assert.Equal((true, 10f, TextFusion.None), Of("C2", "eq. 2 + post-mask"));
        Assert.Equal((false, null, TextFusion.Vta), Of("C3", "VTA"));
        Assert.Equal((false, null, TextFusion.Attention), Of("C4", "att"));
        Assert.Equal((true, null, TextFusion.Vta), Of("C6", "pre-mask + VTA"));

        (bool, float?, TextFusion) Of(string claim, string row)
        {
            AblationSetting setting = Claim.By(claim).Rows.Single(r => r.Name == row).Change(shared);
            return (setting.Options.PreMask, setting.Options.PostMaskWeight, setting.Config.TextFusion);
        }
    }

    private static ClaimVerdict Judge(double gain, double shuffled, double oracle, int seeds = 3) => VerdictRule.Judge(Table(
        "C1",
        (row, seed, clip) => 0.5 + 0.01 * seed + 0.003 * clip
            + (row == "pre-mask" ? gain
                : row.EndsWith("shuffled", StringComparison.Ordinal) ? shuffled
                : row.EndsWith("oracle", StringComparison.Ordinal) ? oracle : 0),
        seeds)).Single();

    private static RawTable Table(string claim, Func<string, int, int, double> score, int seeds = 3) => new(
        [
            .. from row in Claim.By(claim).Rows
               from seed in Enumerable.Range(1, seeds)
               from clip in Enumerable.Range(0, 8)
               select new RawScore(claim, row.Name, (ulong)seed, $"clip-{clip}", Math.Round(score(row.Name, seed, clip), 6), 0.5, null),
        ],
        "table");
}

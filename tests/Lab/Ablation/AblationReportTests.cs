using SspNative.Engine;
using SspNative.Lab.Ablation;
using SspNative.Model.Config;
using SspNative.Model.Evaluation;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Ablation;

public class AblationReportTests
{
    [Fact]
    public void SpreadsAreThoseOfAHand()
    {
        var a = Spread.Of([0.5, 0.7, 0.9]);
        Assert.Equal(0.7, a.Mean, 1e-12);
        Assert.Equal(0.2, a.Deviation, 1e-12);
        Assert.Equal(new Spread(0.4, 0, 1), Spread.Of([0.4]));
        (double difference, double error) = a.Minus(Spread.Of([0.3, 0.5, 0.7]));
        Assert.Equal(0.2, difference, 1e-12);
        Assert.Equal(Math.Sqrt(2 * 0.04 / 3), error, 1e-12);
        Assert.Throws<ArgumentException>(() => Spread.Of([]));
    }

    // What the alignment is like has no meaning where there is none, and a checkpoint that had it could not be read again.
    [Fact]
    public void EveryVariantIsAModelWhateverAllShare()
    {
        var shared = new AblationSetting(TinyModel.Binary with { Vta = new VtaConfig { Gate = true } }, TinyModel.Options, "b");
        foreach (AblationVariant variant in AblationStudy.Names.SelectMany(n => AblationStudy.By(n).Variants))
        {
            AblationSetting setting = variant.Change(shared);
            setting.Config.Validate();
            Assert.Equal(setting.Config.TextFusion == TextFusion.Vta, setting.Config.Vta is not null);
        }
    }

    [Fact]
    public void RowsTellDifferencesAndDifficulties()
    {
        var first = AblationRow.Of("one", [Score(0.5, 0.8, null), Score(0.7, 0.6, null)], null);
        var second = AblationRow.Of("two", [Score(0.8, 0.9, 0.1), Score(0.8, 0.9, 0.3)], first.MeanIou);
        Assert.Equal(0.2, second.Difference, 1e-12);
        Assert.Equal(0.1, second.Error, 1e-12);
        Assert.Equal(0.7, first.Difficulties[0].Found!.Mean, 1e-12);
        Assert.Null(first.Difficulties[0].Leaked);
        Assert.Equal(0.2, second.Difficulties[0].Leaked!.Mean, 1e-12);
        string page = new AblationReport(
            "ssp ablate", 2, 10, 5, TinyModel.Binary, TinyModel.Options, [new AblationTable("s", "Study", [first, second])]).ToMarkdown();
        Assert.Contains("| two | 0.800 ± 0.000 | 0.800 ± 0.000 | +0.200 ± 0.100 |", page);
        Assert.Contains("| one | – |", page);

        static AblationScore Score(double iou, double found, double? leaked) =>
            new(iou, iou, [new DifficultyScore("sounding-still", 3, iou, 4, found, null, leaked)]);
    }

    [Fact]
    public void TheSevenRowsOfTable2DifferAsThePaperSays()
    {
        var shared = new AblationSetting(TinyModel.Binary, TinyModel.Options, null);
        (bool PreMask, bool PostMask, TextFusion Text)[] rows =
        [
            .. AblationStudy.Table2().Variants.Select(v => v.Change(shared))
                .Select(s => (s.Options.PreMask, s.Options.PostMaskWeight is 10, s.Config.TextFusion)),
        ];
        Assert.Equal(
            [
                (false, false, TextFusion.None), (true, false, TextFusion.None), (true, true, TextFusion.None), (false, false, TextFusion.Attention),
                (false, false, TextFusion.Vta), (true, false, TextFusion.Vta), (true, true, TextFusion.Vta),
            ],
            rows);
    }

    [Fact]
    public void PromptsAreComparedWithNoneAtAll()
    {
        var shared = new AblationSetting(TinyModel.Binary, TinyModel.Options, null);
        AblationSetting[] rows = [.. AblationStudy.PromptQuality().Variants.Select(v => v.Change(shared))];
        Assert.Equal((TextFusion.None, null), (rows[0].Config.TextFusion, rows[0].PromptLevel));
        Assert.Equal([("d", TextFusion.Attention), ("d", TextFusion.Vta)], rows[1..3].Select(r => (r.PromptLevel, r.Config.TextFusion)));
        Assert.Equal(9, rows.Length);
    }

    [Fact]
    public void StudiesHaveNames()
    {
        foreach (string name in AblationStudy.Names)
            Assert.Equal(name, AblationStudy.By(name).Name);
        Assert.Contains("table2", Assert.Throws<InputException>(() => AblationStudy.By("table3")).Message);
    }
}
